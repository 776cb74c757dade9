"""Let AI agents work with the records (Model Context Protocol), each with the rights of its API token.

    BIHUAN_TOKEN=bihuan_… bihuan mcp       one agent, over standard input and output
    bihuan mcp --port 8100                 agents at http://127.0.0.1:8100/mcp, with “Authorization: Bearer bihuan_…”

Tokens are made in the profile, under API tokens. Needs the extra: pip install 'bihuan[mcp]'.
"""

import argparse
import os


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("--host", default="127.0.0.1", help="the address to listen at (default: %(default)s)")
    parser.add_argument("--port", type=int, help="serve over HTTP at this port")


def handle(options: argparse.Namespace) -> None:
    try:
        import anyio
        import mcp  # noqa: F401
        import uvicorn
    except ImportError:
        raise SystemExit("The agent face is an extra: pip install 'bihuan[mcp]'.") from None
    from bihuan.api import mcp as face

    if options.port is not None:
        uvicorn.run(
            face.over_http(options.host, options.port), host=options.host, port=options.port, log_level="warning"
        )
        return
    token = os.environ.get("BIHUAN_TOKEN", "")
    if not token:
        raise SystemExit("Set BIHUAN_TOKEN to an API token; people make them in their profile.")
    anyio.run(face.over_pipes, token)
