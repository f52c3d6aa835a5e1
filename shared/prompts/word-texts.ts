import {
  maxSpokenNumber,
  namedKeys,
  relativeDays,
  spokenMonths,
  spokenWeekdays,
  type SpokenWord,
} from '#schema/prompt.ts';
import type { AnnouncementLanguage } from '#schema/recording-notice.ts';

/** The words of a language. Lists are separated by commas. */
type Words = {
  /** Plus, star and hash. */
  readonly keys: string;
  readonly days: string;
  readonly weekdays: string;
  /** As after a day. */
  readonly months: string;
  /** Ordinals from the first on, of the days of a month that are not said as numbers. */
  readonly ordinals: string;
  /** What is said beside the numbers of days and hours; a language without it has none. */
  readonly others: Partial<Readonly<Record<SpokenWord, string>>>;
};

const words: Readonly<Record<AnnouncementLanguage, Words>> = {
  de: {
    keys: 'plus, Stern, Raute',
    days: 'heute, gestern',
    weekdays: 'am Montag, am Dienstag, am Mittwoch, am Donnerstag, am Freitag, am Samstag, am Sonntag',
    months: 'Januar, Februar, März, April, Mai, Juni, Juli, August, September, Oktober, November, Dezember',
    ordinals:
      'ersten, zweiten, dritten, vierten, fünften, sechsten, siebten, achten, neunten, zehnten, elften, zwölften, ' +
      'dreizehnten, vierzehnten, fünfzehnten, sechzehnten, siebzehnten, achtzehnten, neunzehnten, zwanzigsten, ' +
      'einundzwanzigsten, zweiundzwanzigsten, dreiundzwanzigsten, vierundzwanzigsten, fünfundzwanzigsten, ' +
      'sechsundzwanzigsten, siebenundzwanzigsten, achtundzwanzigsten, neunundzwanzigsten, dreißigsten, ' +
      'einunddreißigsten',
    others: { 'on-day': 'am', 'at-hour': 'um', hours: 'Uhr', 'hour-1': 'um ein Uhr' },
  },
  en: {
    keys: 'plus, star, hash',
    days: 'today, yesterday',
    weekdays: 'on Monday, on Tuesday, on Wednesday, on Thursday, on Friday, on Saturday, on Sunday',
    months: 'January, February, March, April, May, June, July, August, September, October, November, December',
    ordinals:
      'first, second, third, fourth, fifth, sixth, seventh, eighth, ninth, tenth, eleventh, twelfth, thirteenth, ' +
      'fourteenth, fifteenth, sixteenth, seventeenth, eighteenth, nineteenth, twentieth, twenty first, ' +
      'twenty second, twenty third, twenty fourth, twenty fifth, twenty sixth, twenty seventh, twenty eighth, ' +
      'twenty ninth, thirtieth, thirty first',
    others: { 'on-day': 'on the', 'at-hour': 'at', 'on-the-hour': 'hundred hours' },
  },
  es: {
    keys: 'más, asterisco, almohadilla',
    days: 'hoy, ayer',
    weekdays: 'el lunes, el martes, el miércoles, el jueves, el viernes, el sábado, el domingo',
    months:
      'de enero, de febrero, de marzo, de abril, de mayo, de junio, de julio, de agosto, de septiembre, ' +
      'de octubre, de noviembre, de diciembre',
    ordinals: 'primero',
    others: {
      ...{ 'on-day': 'el', 'at-hour': 'a las', 'and-minutes': 'y' },
      ...{ 'hour-1': 'a la una', 'hour-21': 'a las veintiuna' },
    },
  },
  fr: {
    keys: 'plusse, étoile, dièse',
    days: 'aujourd’hui, hier',
    weekdays: 'lundi, mardi, mercredi, jeudi, vendredi, samedi, dimanche',
    months: 'janvier, février, mars, avril, mai, juin, juillet, août, septembre, octobre, novembre, décembre',
    ordinals: 'premier',
    others: {
      ...{ 'on-day': 'le', 'at-hour': 'à', hours: 'heures' },
      ...{ 'hour-0': 'à zéro heure', 'hour-1': 'à une heure', 'hour-21': 'à vingt et une heures' },
    },
  },
  it: {
    keys: 'più, asterisco, cancelletto',
    days: 'oggi, ieri',
    weekdays: 'lunedì, martedì, mercoledì, giovedì, venerdì, sabato, domenica',
    months: 'gennaio, febbraio, marzo, aprile, maggio, giugno, luglio, agosto, settembre, ottobre, novembre, dicembre',
    ordinals: 'primo',
    others: { 'on-day': 'il', 'at-hour': 'alle', 'and-minutes': 'e', 'hour-1': 'all’una' },
  },
  nl: {
    keys: 'plus, sterretje, hekje',
    days: 'vandaag, gisteren',
    weekdays: 'maandag, dinsdag, woensdag, donderdag, vrijdag, zaterdag, zondag',
    months: 'januari, februari, maart, april, mei, juni, juli, augustus, september, oktober, november, december',
    ordinals: '',
    others: { 'on-day': 'op', 'at-hour': 'om', hours: 'uur' },
  },
  pt: {
    keys: 'mais, asterisco, cardinal',
    days: 'hoje, ontem',
    weekdays: 'segunda-feira, terça-feira, quarta-feira, quinta-feira, sexta-feira, sábado, domingo',
    months:
      'de janeiro, de fevereiro, de março, de abril, de maio, de junho, de julho, de agosto, de setembro, ' +
      'de outubro, de novembro, de dezembro',
    ordinals: 'primeiro',
    others: {
      ...{ 'on-day': 'dia', 'at-hour': 'às', hours: 'horas', 'and-minutes': 'e' },
      ...{ 'hour-1': 'à uma hora', 'hour-2': 'às duas horas' },
      ...{ 'hour-21': 'às vinte e uma horas', 'hour-22': 'às vinte e duas horas' },
    },
  },
  sv: {
    keys: 'plus, stjärna, fyrkant',
    days: 'i dag, i går',
    weekdays: 'i måndags, i tisdags, i onsdags, i torsdags, i fredags, i lördags, i söndags',
    months: 'januari, februari, mars, april, maj, juni, juli, augusti, september, oktober, november, december',
    ordinals:
      'första, andra, tredje, fjärde, femte, sjätte, sjunde, åttonde, nionde, tionde, elfte, tolfte, trettonde, ' +
      'fjortonde, femtonde, sextonde, sjuttonde, artonde, nittonde, tjugonde, tjugoförsta, tjugoandra, tjugotredje, ' +
      'tjugofjärde, tjugofemte, tjugosjätte, tjugosjunde, tjugoåttonde, tjugonionde, trettionde, trettioförsta',
    others: { 'on-day': 'den', 'at-hour': 'klockan' },
  },
};

const listOf = (text: string): readonly string[] => (text === '' ? [] : text.split(', '));

type Said = readonly (readonly [name: SpokenWord, text: string])[];

const named = (names: readonly SpokenWord[], texts: string): Said =>
  listOf(texts).flatMap((text, at): Said => {
    const name = names[at];
    return name === undefined ? [] : [[name, text]];
  });

/** The texts of the words of a language. Numbers are written as digits, which are said by its grammar. */
export function wordTexts(language: AnnouncementLanguage): Said {
  const { keys, days, weekdays, months, ordinals, others } = words[language];
  const numbers = Array.from({ length: maxSpokenNumber + 1 }, (_, n): Said[number] => [`number-${n}`, String(n)]);
  const ofOthers = Object.entries(others).flatMap(([name, text]): Said =>
    text === undefined ? [] : [[name as SpokenWord, text]],
  );
  return [
    ...numbers,
    ...listOf(ordinals).map((text, at): Said[number] => [`day-${at + 1}`, text]),
    ...named(namedKeys, keys),
    ...named(relativeDays, days),
    ...named(spokenWeekdays, weekdays),
    ...named(spokenMonths, months),
    ...ofOthers,
  ];
}
