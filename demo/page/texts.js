// Every word of the page, in both languages.
export const texts = {
  en: {
    title: "Health code, live", day: "Simulated time", regions: "Colors per region, day by day",
    try: "Three things to try", changes: "Latest changes, and why", flow: "Events on the topics",
    declare: "Declare as a citizen", declareHint: "Somebody in Zhejiang declares and announces trips to Hubei and Gansu; the QR appears.",
    list: "Put that citizen on a control list", listHint: "The centre for disease control lists them as a close contact: red here, and red abroad.",
    pass: "Let 14 days pass", passHint: "With a normal check-in every day they are released: green here, and green abroad.",
    footer: "This page reads the same topics as any integrator. People and numbers are made up.",
    declared: "declared", guests: "guests here", none: "none yet", since: "since", until: "until", why: "why", out: "way out",
    source: "source", abroad: "counts there as", working: "working …", topic: "topic", waiting: "Waiting for the first events …",
    latency: "declared → colored", adopted: "declared to the nation, whose code it adopts", guest: "guest", from: "comes from", hub: "Hub",
    region330000: "Zhejiang", region420000: "Hubei", region100000: "Nation", region620000: "Gansu", lost: "The stream broke; trying again …",
    pending: "pending", green: "green", yellow: "yellow", red: "red", grey: "expired", cancelled: "cancelled", other: "中文",
  },
  zh: {
    title: "健康码 · 实时", day: "模拟时间", regions: "各地码色逐日变化",
    try: "试一试", changes: "最新变化及原因", flow: "各主题上的事件",
    declare: "以市民身份申报", declareHint: "一位浙江市民申报健康并登记前往湖北、甘肃的行程；随后出现二维码。",
    list: "将该市民列入管控名单", listHint: "疾控中心将其列为密切接触者：本地转红，外地同步转红。",
    pass: "让十四天过去", passHint: "每日正常打卡后解除：本地转绿，外地同步转绿。",
    footer: "本页与任何接入方一样只读取这些主题。人员与号码均为虚构。",
    declared: "人已申报", guests: "外来人员", none: "暂无", since: "自", until: "至", why: "原因", out: "解除条件",
    source: "来源", abroad: "当地认定为", working: "处理中……", topic: "主题", waiting: "等待第一批事件……",
    latency: "申报 → 赋码", adopted: "人已向国家申报，采用国家码", guest: "外来", from: "来自", hub: "枢纽",
    region330000: "浙江", region420000: "湖北", region100000: "国家", region620000: "甘肃", lost: "连接中断，正在重试……",
    pending: "待审核", green: "绿码", yellow: "黄码", red: "红码", grey: "已过期", cancelled: "已注销", other: "English",
  },
};
