/** English words that say nothing about what a sentence is about; the normative ones say only how strongly. */
export const englishStopWords: ReadonlySet<string> = new Set(
  [
    'a an and any are as at be been before being but by can cannot could did do does doesn don each either else every',
    'few for from had has have he her his how i if in into is isn it its just least less many may might more most much',
    'must my no nor not of off on one only or other our out over own per same shall she should so some such than that',
    'the their them then there these they this those to too under until up upon us use used using very was we were what',
    'when where whether which while who whose why will with within without would you your etc via also all after during',
    'about again both because between above below here once yet nil null true false',
    'required require requires always never mandatory prohibited',
  ].flatMap((line) => line.split(' ')),
)

/** Words in Hiragana that bend or join others, and the normative ones. */
export const japaneseStopWords: ReadonlySet<string> = new Set(
  [
    'する した して しな しよう され さん せる れる られ られる ます まし ませ ましょ ない なく なけれ なかっ なら なり なる',
    'なっ です でし だっ だろ でき できる ある あり あっ いる いっ いな いけ いけない こと もの ため とき よう から まで より',
    'など ので のに けど だけ しか ほど くらい ばかり これ それ あれ この その あの ここ そこ すべて また または および かつ',
    'ただし もし とも には では とは でも にも のみ たび ください べき たり ながら つい おい よっ よる たい ごと とる どの',
    '必須 必要 必 禁止 常 決 場合 全 以上 以下 的 性 化 者 等 時 中 上 下 内 外 前 後 度 回 各 毎 本 当 用 式 及 又 可 不 未 非 無',
  ].flatMap((line) => line.split(' ')),
)

/** Words for numbers that are hardly ever anything else; "one" often is. */
export const numberWords: ReadonlyMap<string, number> = new Map(
  ['two', 'three', 'four', 'five', 'six', 'seven', 'eight', 'nine', 'ten', 'eleven', 'twelve'].map((word, index) => [
    word,
    index + 2,
  ]),
)

/** Units of time in milliseconds, by their stem. */
export const timeUnits: ReadonlyMap<string, number> = new Map([
  ['ms', 1],
  ['millisecond', 1],
  ['ミリ', 1],
  ['s', 1000],
  ['sec', 1000],
  ['second', 1000],
  ['秒', 1000],
  ['minut', 60_000],
  ['分', 60_000],
  ['h', 3_600_000],
  ['hour', 3_600_000],
  ['時間', 3_600_000],
  ['day', 86_400_000],
  ['日', 86_400_000],
])
