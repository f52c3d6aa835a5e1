import * as z from 'zod';
import { invalid } from '#errors.ts';
import { lineTypes, type DeviceLine } from '#schema/device.ts';
import { text } from '#schema/values.ts';

/** Lines of a device: accounts that a phone registers, and keys (`functions/telephony/devices/README.md`, "Lines"). */

const maxLines = 48;
/** Maximum number of primary and shared lines: each has a SIP account. */
const maxAccounts = 16;

/** Some file formats cannot carry a quotation mark in a list, however escaped. */
const Label = text(64).refine((label) => !label.includes('"'), 'must not contain "');

const WantedLine = z.object({
  line_number: z
    .number()
    .int()
    .min(1)
    .max(maxLines)
    .optional()
    .describe('Number of the line, unique on the device; default: the next free one'),
  extension: z
    .string()
    .regex(/^[0-9*#]{1,16}$/, 'must have 1 to 16 digits, * or #')
    .describe('Extension of the line, or the extension that it watches. A primary extension belongs to one user'),
  label: Label.nullish().describe('Text that the phone shows, without quotation marks'),
  type: z
    .enum(lineTypes)
    .optional()
    .describe('`primary` (default for line 1) and `shared` (default otherwise) register; `blf` watches an extension'),
});
export const WantedLines = z.array(WantedLine).max(maxLines);
export type WantedLines = z.output<typeof WantedLines>;

/** A line as answered. */
export const Line = z.object({
  line_number: z.number().int().describe('Number of the line'),
  extension: z.string().describe('Extension of the line, or the extension that it watches'),
  label: z.string().nullable().describe('Text that the phone shows'),
  type: z.enum(lineTypes).describe('`primary` and `shared` register; `blf` watches an extension'),
  registered: z.boolean().describe('Whether the line is registered'),
});

/** The number of each line: as given, else the next free one. @throws AppError VALIDATION_FAILED for a duplicate */
function assignNumbers(wanted: WantedLines): number[] {
  const used = new Set<number>();
  for (const [at, { line_number: given }] of wanted.entries()) {
    if (given === undefined) continue;
    if (used.has(given)) throw invalid(`lines[${at}].line_number`, `line ${given} appears twice`);
    used.add(given);
  }
  let next = 1;
  return wanted.map(({ line_number: given }) => {
    if (given !== undefined) return given;
    while (used.has(next)) next += 1;
    used.add(next);
    return next;
  });
}

/**
 * The lines of a device after a request, by number. A line keeps the SIP user name of its number; user names of lines
 * that no longer register are used for new ones before `newUsername` is called.
 * @param before the lines of the device so far
 * @throws AppError VALIDATION_FAILED
 */
export function buildLines(
  wanted: WantedLines,
  before: readonly DeviceLine[],
  newUsername: () => string,
): DeviceLine[] {
  const numbers = assignNumbers(wanted);
  const lines = wanted
    .map((line, at) => {
      const line_number = numbers[at] ?? 0;
      return {
        line_number,
        extension: line.extension,
        label: line.label ?? null,
        type: line.type ?? (line_number === 1 ? ('primary' as const) : ('shared' as const)),
      };
    })
    .sort((one, other) => one.line_number - other.line_number);
  const registering = new Set(lines.filter(({ type }) => type !== 'blf').map(({ line_number: number }) => number));
  if (registering.size > maxAccounts) throw invalid('lines', `at most ${maxAccounts} lines are primary or shared`);
  const accounts = before.filter((line) => line.sip_username !== null);
  const kept = new Map(
    accounts
      .map((line) => [line.line_number, line.sip_username] as const)
      .filter(([number]) => registering.has(number)),
  );
  const spare = accounts.filter((line) => !registering.has(line.line_number)).map((line) => line.sip_username);
  return lines.map((line) => ({
    ...line,
    sip_username: line.type === 'blf' ? null : (kept.get(line.line_number) ?? spare.shift() ?? newUsername()),
  }));
}
