"""What the firm sells: machines, air treatment, spare parts, services and subscriptions."""

# One product a line.
# ruff: noqa: E501

from decimal import Decimal

from bihuan.blueprint.defaults import Names
from bihuan.demo.records import Product


def product(sku: str, kind: str, unit: str, price: int, category: str, *names: str) -> Product:
    return Product(sku, Names(*names), kind, unit, Decimal(price), category)


PRODUCTS = (
    product("HC37VP", "goods", "set", 168000, "compressor", "永磁变频螺杆机 37 kW", "永磁變頻螺旋機 37 kW", "PM variable-speed screw compressor 37 kW"),
    product("HC55VP", "goods", "set", 286000, "compressor", "永磁变频螺杆机 55 kW", "永磁變頻螺旋機 55 kW", "PM variable-speed screw compressor 55 kW"),
    product("HC75VP", "goods", "set", 398000, "compressor", "永磁变频螺杆机 75 kW", "永磁變頻螺旋機 75 kW", "PM variable-speed screw compressor 75 kW"),
    product("HC110VP", "goods", "set", 528000, "compressor", "永磁变频螺杆机 110 kW", "永磁變頻螺旋機 110 kW", "PM variable-speed screw compressor 110 kW"),
    product("HC250TS", "goods", "set", 986000, "compressor", "双级压缩螺杆机 250 kW", "雙段壓縮螺旋機 250 kW", "Two-stage screw compressor 250 kW"),
    product("HO55W", "goods", "set", 426000, "compressor", "水润滑无油螺杆机 55 kW", "水潤滑無油螺旋機 55 kW", "Water-injected oil-free compressor 55 kW"),
    product("HC-C400", "goods", "set", 1560000, "compressor", "离心式空压机 400 kW", "離心式空壓機 400 kW", "Centrifugal compressor 400 kW"),
    product("HL22H", "goods", "set", 88000, "compressor", "激光切割一体机 22 kW 1.6 MPa", "雷射切割一體機 22 kW 1.6 MPa", "All-in-one unit for laser cutting 22 kW 1.6 MPa"),
    product("HD-120", "goods", "set", 46000, "treatment", "冷冻式干燥机 12 m³/min", "冷凍式乾燥機 12 m³/min", "Refrigerated dryer 12 m³/min"),
    product("HD-250C", "goods", "set", 142000, "treatment", "组合式干燥机 25 m³/min", "組合式乾燥機 25 m³/min", "Combined dryer 25 m³/min"),
    product("HA-200", "goods", "set", 118000, "treatment", "微热吸附式干燥机 20 m³/min", "微熱吸附式乾燥機 20 m³/min", "Heated desiccant dryer 20 m³/min"),
    product("HA-400H", "goods", "set", 268000, "treatment", "鼓风热零气耗吸干机 40 m³/min", "鼓風加熱零氣耗吸乾機 40 m³/min", "Blower-purge desiccant dryer 40 m³/min"),
    product("F-75", "goods", "kit", 9800, "treatment", "精密过滤器组 三级", "精密過濾器組 三級", "Three-stage filter set"),
    product("TK-2", "goods", "piece", 12600, "treatment", "储气罐 2 m³ 1.0 MPa", "儲氣桶 2 m³ 1.0 MPa", "Air receiver 2 m³ 1.0 MPa"),
    product("TK-6", "goods", "piece", 31500, "treatment", "储气罐 6 m³ 1.0 MPa", "儲氣桶 6 m³ 1.0 MPa", "Air receiver 6 m³ 1.0 MPa"),
    product("OWS-30", "goods", "set", 8600, "treatment", "油水分离器", "油水分離器", "Oil-water separator"),
    product("HN-100", "goods", "set", 320000, "gas", "变压吸附制氮机 100 Nm³/h", "變壓吸附製氮機 100 Nm³/h", "PSA nitrogen generator 100 Nm³/h"),
    product("HN-300", "goods", "set", 680000, "gas", "变压吸附制氮机 300 Nm³/h", "變壓吸附製氮機 300 Nm³/h", "PSA nitrogen generator 300 Nm³/h"),
    product("HR-75", "goods", "set", 68000, "energy", "余热回收模块 75 kW", "餘熱回收模組 75 kW", "Heat recovery module 75 kW"),
    product("HR-160", "goods", "set", 136000, "energy", "余热回收机组 160 kW", "餘熱回收機組 160 kW", "Heat recovery unit 160 kW"),
    product("HJ-1", "goods", "kit", 96000, "energy", "空压站联控系统", "空壓站聯控系統", "Station master controller"),
    product("FLT-75", "goods", "kit", 3680, "parts", "滤芯套装 75 kW", "濾芯套組 75 kW", "Filter kit 75 kW"),
    product("OIL-20", "goods", "barrel", 1960, "parts", "螺杆机专用油 20 L", "螺旋機專用油 20 L", "Screw compressor oil 20 l"),
    product("VLV-2205", "goods", "piece", 1280, "parts", "温控阀芯", "溫控閥芯", "Thermostatic valve insert"),
    product("BRG-75", "goods", "kit", 42000, "parts", "主机大修包 75 kW", "主機大修包 75 kW", "Air-end overhaul kit 75 kW"),
    product("SVC-INS", "service", "job", 126000, "engineering", "安装与管路改造", "安裝與管路改造", "Installation and piping"),
    product("SVC-COM", "service", "job", 12000, "engineering", "调试与操作培训", "試車與操作訓練", "Commissioning and training"),
    product("SVC-AUD", "service", "job", 18000, "engineering", "压缩空气能效审计", "壓縮空氣能效稽核", "Compressed-air energy audit"),
    product("MNT-A", "service", "visit", 8800, "maintenance", "年度保养", "年度保養", "Yearly maintenance"),
    product("MNT-GOLD", "subscription", "station_year", 36000, "maintenance", "金牌维保（4 小时到场）", "金牌維護合約（4 小時到場）", "Gold service contract (on site in 4 hours)"),
    product("CLOUD-1", "subscription", "station_year", 7200, "digital", "云端监控", "雲端監控", "Cloud monitoring"),
    product("RENT-75", "subscription", "month", 22000, "compressor", "备用机租赁 75 kW", "備用機租賃 75 kW", "Stand-by compressor rental 75 kW"),
    product("HOST-M", "subscription", "month", 98000, "energy", "空压站托管", "空壓站託管", "Compressed air as a service"),
)
LIST_PRICE = {item.sku: item.list_price for item in PRODUCTS}
