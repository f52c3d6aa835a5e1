import { malformed, maxRecords, type ForeignRecord } from './foreign-record.ts';

/** JSON as switches send it: one document, a list, or a document in each line. */

/** `nan` and `inf`, which C writes for a figure of no packets and JSON does not have. */
const noNumber = /(":\s*)-?(?:nan|inf(?:inity)?)(?=\s*[,}\]])/gi;

/** The value of a text; undefined if it is no JSON, which has no such value. */
function parseLeniently(text: string): unknown {
  for (const each of [text, text.replaceAll(noNumber, '$1null')]) {
    try {
      return JSON.parse(each) as unknown;
    } catch {
      // It is tried again without what is no number, and is malformed then.
    }
  }
  return undefined;
}

const isDocument = (value: unknown): value is object =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Documents by `read`, and what is none as a rejected record. */
const readValues = (values: readonly unknown[], read: (document: object) => ForeignRecord): ForeignRecord[] =>
  values
    .slice(0, maxRecords + 1)
    .map((value) => (isDocument(value) ? read(value) : malformed(value ?? null, 'is not a JSON object')));

/** The list in a page of a provider's API, or what there is instead. */
const listIn = (value: unknown, field: string): unknown =>
  isDocument(value) && Array.isArray(Reflect.get(value, field)) ? Reflect.get(value, field) : value;

/**
 * Reads each document of a text. A text that is no JSON is one rejected record, or one for each of its lines.
 * @param listField the field of a page that has its documents
 */
export function readDocuments(
  text: string,
  read: (document: object) => ForeignRecord,
  listField?: string,
): ForeignRecord[] {
  const parsed = parseLeniently(text);
  const whole = listField === undefined ? parsed : listIn(parsed, listField);
  if (whole !== undefined) return readValues(Array.isArray(whole) ? whole : [whole], read);
  const lines = text.split(/\r\n|\n/).filter((line) => line.trim() !== '');
  if (lines.length < 2 || !lines.every((line) => line.trimStart().startsWith('{')))
    return [malformed(text, 'is not valid JSON')];
  return lines.slice(0, maxRecords + 1).flatMap((line) => {
    const value = parseLeniently(line);
    return value === undefined ? [malformed(line, 'is not valid JSON')] : readValues([value], read);
  });
}
