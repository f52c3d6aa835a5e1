/** Lines of CSV by a mapping of the organization (README.md, "Any other CSV"). */
import { definedFields } from '#schema/defined-fields.ts';
import { minute, second } from '#schema/time.ts';
import { callTimes, isoOf, type TimeReading } from './call-times.ts';
import { csvLines, namedCells, type CsvLine } from './csv-lines.ts';
import { hashOf, malformed, maxRecords, wholeNumber, type ForeignRecord, type Reader } from './foreign-record.ts';
import { sourcesOf, unknownColumns, type CdrMapping, type MappedField } from '../../schema/cdr-mapping.ts';

/** The text of a field in a line; undefined if it is empty or not mapped. */
type Values = (field: MappedField) => string | undefined;

/** Date and time may have a column each. */
const joinedByBlank: ReadonlySet<MappedField> = new Set(['start_time', 'answer_time', 'end_time', 'reason']);

function valuesOf(sources: ReturnType<typeof sourcesOf>, cells: Readonly<Record<string, string>>): Values {
  const values = new Map(
    sources.map(([field, columns]) => {
      const parts = columns.map((column) => cells[column]?.trim() ?? '').filter((part) => part !== '');
      return [field, parts.join(joinedByBlank.has(field) ? ' ' : '-')];
    }),
  );
  return (field) => values.get(field) || undefined;
}

/** `1:02:03` or `02:03`, in seconds. */
function secondsOfClock(text: string): number | undefined {
  const parts = /^(?:(\d{1,4}):)?(\d{1,2}):(\d{1,2})(?:\.\d+)?$/.exec(text)?.slice(1);
  const [hours = '0', minutes, seconds] = parts ?? [];
  return minutes === undefined ? undefined : Number(hours) * 3_600 + Number(minutes) * 60 + Number(seconds);
}

/** Whole seconds of a duration; a part of a second counts as one. */
function secondsOf(text: string, unit: CdrMapping['duration_unit']): number | undefined {
  if (unit === 'clock') return secondsOfClock(text);
  const amount = /^\d{1,12}(?:\.\d{1,6})?$/.test(text) ? Number(text) : undefined;
  const perUnit = { seconds: second, milliseconds: 1, minutes: minute }[unit];
  return amount === undefined ? undefined : Math.ceil((amount * perUnit) / second);
}

/** What a value of the file means, by a table in any case. */
function meaningOf(table: Readonly<Record<string, string>> | undefined, text: string | undefined): string | undefined {
  if (text === undefined) return undefined;
  const meant = Object.entries(table ?? {}).find(([name]) => name.toLowerCase() === text.toLowerCase());
  return meant?.[1] ?? text;
}

/** Times as the file has them: an answer of 0 is none. */
function timesOf(values: Values, duration: number | undefined, reading: TimeReading) {
  const answer = values('answer_time');
  const times = callTimes(
    { start: values('start_time'), answer: answer === '0' ? undefined : answer, end: values('end_time') },
    reading,
    { duration },
  );
  if (times.end_time !== undefined || times.start_time === undefined || duration === undefined) return times;
  return { ...times, end_time: isoOf(Date.parse(times.start_time) + duration * second) };
}

/** What belongs to the call, as the mapping or the line names it. */
function resourcesOf(values: Values, { constants }: CdrMapping) {
  return {
    org_id: values('organization') ?? constants.organization,
    trunk_id: values('trunk') ?? constants.trunk,
    gateway_id: values('gateway') ?? constants.gateway,
    device_id: values('device'),
    user_id: values('user'),
  };
}

/** Seconds of a duration; its text if it is none, so that the record is rejected for it. */
function durationAt(values: Values, field: 'duration' | 'billable_seconds', { duration_unit: unit }: CdrMapping) {
  const text = values(field);
  return text === undefined ? undefined : (secondsOf(text, unit) ?? text);
}

const amountOf = (text: string | undefined, { decimal }: CdrMapping): string | undefined =>
  decimal === ',' ? text?.replaceAll('.', '').replace(',', '.') : text;

/** How the call ended, by the table of the mapping; without a column, by whether it was answered. */
const dispositionOf = (values: Values, { values: tables }: CdrMapping, isAnswered: boolean): string =>
  meaningOf(tables.disposition, values('disposition')) ?? (isAnswered ? 'ANSWERED' : 'NO ANSWER');

function recordOf(line: string, values: Values, mapping: CdrMapping, reading: TimeReading) {
  const [duration, billable] = [
    durationAt(values, 'duration', mapping),
    durationAt(values, 'billable_seconds', mapping),
  ];
  const times = timesOf(values, typeof duration === 'number' ? duration : undefined, reading);
  const isAnswered = times.answer_time !== undefined || (typeof billable === 'number' && billable > 0);
  return definedFields({
    call_id: values('call_id') ?? `csv-${hashOf(line)}`,
    leg: values('leg'),
    ...resourcesOf(values, mapping),
    direction: meaningOf(mapping.values.direction, values('direction')) ?? mapping.constants.direction,
    caller: values('caller') ?? 'anonymous',
    callee: values('callee'),
    ...times,
    duration,
    billable_seconds: billable,
    disposition: dispositionOf(values, mapping, isAnswered),
    cost: amountOf(values('cost'), mapping),
    cause: definedFields({
      q850: wholeNumber(values('q850')),
      sip_code: wholeNumber(values('sip_code')),
      text: values('reason')?.slice(0, 256),
    }),
    account_code: values('account_code'),
    related_call_id: values('related_call_id'),
    answered_by: values('answered_by'),
  });
}

const isHeader = (line: CsvLine, columns: readonly string[]): boolean =>
  'cells' in line &&
  line.cells.length === columns.length &&
  columns.every((column, at) => line.cells[at]?.trim().toLowerCase() === column.toLowerCase());

/** The names of the columns: those of the mapping, or those of the first line. */
function columnsOf({ columns }: CdrMapping, head: CsvLine | undefined): readonly string[] {
  if (columns !== null) return columns;
  return head !== undefined && 'cells' in head ? head.cells.map((cell) => cell.trim()) : [];
}

/** The lines without the one that names the columns, and those after it that are no records. */
function recordLines(lines: readonly CsvLine[], columns: readonly string[], skipped: number): readonly CsvLine[] {
  const at = lines.findIndex((line) => isHeader(line, columns));
  return at === -1 ? lines : [...lines.slice(0, at), ...lines.slice(at + 1 + skipped)];
}

/** Reads lines by the mapping of the options. A line with the names of the columns is no record. */
export const readMappedCsv: Reader = (text, { mapping, zone }) => {
  if (mapping === undefined) return [];
  const lines = csvLines(text, { delimiter: mapping.delimiter, more: 1 + mapping.skip_lines });
  const [head] = lines;
  const columns = columnsOf(mapping, head);
  const unknown = new Set(unknownColumns(mapping, columns).map(({ column }) => column));
  if (head !== undefined && unknown.size > 0)
    return [malformed(head.line, `names no column ${[...unknown].join(', ')}`)];
  const sources = sourcesOf(mapping);
  const reading = { zone: zone ?? mapping.time_zone ?? undefined, pattern: mapping.time_pattern ?? undefined };
  return recordLines(lines, columns, mapping.skip_lines)
    .slice(0, maxRecords + 1)
    .map((read): ForeignRecord => {
      if ('problem' in read) return malformed(read.line, read.problem);
      if (isHeader(read, columns)) return { given: read.line, skipped: 'the line has the names of the columns' };
      const cells = namedCells(read.cells, columns);
      if (cells === undefined)
        return malformed(read.line, `has ${read.cells.length} columns, and ${columns.length} are expected`);
      return { given: read.line, record: recordOf(read.line, valuesOf(sources, cells), mapping, reading) };
    });
};
