/** CDRs of Asterisk: lines of `cdr_csv` and `cdr_custom`, and JSON with the same names (README.md, "Asterisk"). */
import { definedFields } from '#schema/defined-fields.ts';
import { callTimes } from './call-times.ts';
import { csvLines, namedCells } from './csv-lines.ts';
import {
  hashOf,
  malformed,
  textAt,
  wholeNumber,
  type ForeignRecord,
  type Reader,
  type ReadOptions,
} from './foreign-record.ts';
import { readDocuments } from './json-documents.ts';

/** Columns of `cdr_csv`. The last five depend on settings and on the version. */
const columnsOfCsv = [
  ...['accountcode', 'src', 'dst', 'dcontext', 'clid', 'channel', 'dstchannel', 'lastapp', 'lastdata', 'start'],
  ...['answer', 'end', 'duration', 'billsec', 'disposition', 'amaflags'],
] as const;
const optionalColumns = ['uniqueid', 'userfield', 'peeraccount', 'linkedid', 'sequence'] as const;

/** Names of the events of `cdr_manager`, by those of the variable `CDR()`. */
const managerNames: Readonly<Record<string, string>> = {
  src: 'source',
  dst: 'destination',
  dcontext: 'destinationcontext',
  start: 'starttime',
  answer: 'answertime',
  end: 'endtime',
  billsec: 'billableseconds',
};

/** A field of `CDR()` by its name; undefined if it is not set. */
type Fields = (name: string) => string | undefined;

/** Contexts in which dial plans receive calls of carriers, as FreePBX and the sample files name them. */
const inboundContext = /^(?:from-(?:trunk|pstn|did|external)|incoming|inbound)/i;

/** The first channel of the call has its own id as `linkedid`. */
const relatedTo = (uniqueId: string | undefined, linkedId: string | undefined): string | undefined =>
  linkedId === uniqueId ? undefined : linkedId?.slice(0, 128);

function recordOf(given: unknown, fields: Fields, { zone }: ReadOptions): Readonly<Record<string, unknown>> {
  const [duration, billed] = ['duration', 'billsec'].map((name) => wholeNumber(fields(name)));
  const disposition = fields('disposition');
  const isAnswered = disposition?.toUpperCase() === 'ANSWERED';
  const uniqueId = fields('uniqueid');
  // An answer of a call that was not answered is the time at which the dial plan took it.
  const answer = isAnswered ? fields('answer') : undefined;
  return {
    call_id: uniqueId ?? `asterisk-${hashOf(given)}`,
    leg: fields('sequence') ?? 'a',
    ...(inboundContext.test(fields('dcontext') ?? '') ? { direction: 'inbound' } : {}),
    caller: fields('src') ?? 'anonymous',
    callee: fields('dst'),
    ...callTimes({ start: fields('start'), answer, end: fields('end') }, { zone }, { duration }),
    duration,
    billable_seconds: billed,
    disposition,
    account_code: fields('accountcode')?.slice(0, 64),
    related_call_id: relatedTo(uniqueId, fields('linkedid')),
    custom: definedFields({ user_field: fields('userfield')?.slice(0, 256) }),
  };
}

function columnsFor(count: number, given: readonly string[] | undefined): readonly string[] {
  if (given !== undefined) return given;
  const optional = Math.min(Math.max(count - columnsOfCsv.length, 0), optionalColumns.length);
  return [...columnsOfCsv, ...optionalColumns.slice(0, optional)];
}

function readLines(text: string, options: ReadOptions): ForeignRecord[] {
  return csvLines(text).map((read) => {
    if ('problem' in read) return malformed(read.line, read.problem);
    const columns = columnsFor(read.cells.length, options.columns);
    const cells = namedCells(read.cells, columns);
    if (cells === undefined) {
      const expected = options.columns === undefined ? '16 to 21' : String(columns.length);
      return malformed(read.line, `has ${read.cells.length} columns, and ${expected} are expected`);
    }
    return { given: read.line, record: recordOf(read.line, (name) => textAt(cells, name), options) };
  });
}

/** Fields of a JSON document, by names of any case. */
function fieldsOf(document: object): Fields {
  const byName = new Map(Object.keys(document).map((name) => [name.toLowerCase(), name]));
  return (name) => {
    const found = byName.get(name) ?? byName.get(managerNames[name] ?? '');
    return found === undefined ? undefined : textAt(document, found);
  };
}

/** Reads lines, or JSON if the text begins as such. */
export const readAsterisk: Reader = (text, options) =>
  /^\s*[{[]/.test(text)
    ? readDocuments(text, (given) => ({ given, record: recordOf(given, fieldsOf(given), options) }))
    : readLines(text, options);
