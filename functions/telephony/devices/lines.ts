import * as z from 'zod';
import { invalid } from '../../../shared/errors.ts';
import { lineTypes, type DeviceLine } from '../../../shared/schema/device.ts';
import { text } from '../../../shared/schema/values.ts';

/** The lines of a device: what a phone registers, and what its keys watch. */

const maxLines = 48;
/** Primary and shared ones: each has a SIP account. */
const maxAccounts = 16;

/** What a file of some formats cannot carry in a list, whatever the escape. */
const Label = text(64).refine((label) => !label.includes('"'), 'must not contain "');

const WantedLine = z.object({
  line_number: z.number().int().min(1).max(maxLines).optional(),
  extension: z.string().regex(/^[0-9*#]{1,16}$/, 'must have 1 to 16 of 0-9, * and #'),
  label: Label.nullish(),
  type: z.enum(lineTypes).optional(),
});
export const WantedLines = z.array(WantedLine).max(maxLines);
export type WantedLines = z.output<typeof WantedLines>;

/** As answered. */
export const Line = z.object({
  line_number: z.number().int(),
  extension: z.string(),
  label: z.string().nullable(),
  type: z.enum(lineTypes),
  registered: z.boolean(),
});

/** Each line's number: as given, else the next that is free. @throws AppError 422 when one is given twice */
function numbered(wanted: WantedLines): number[] {
  const taken = new Set<number>();
  for (const [at, { line_number: given }] of wanted.entries()) {
    if (given === undefined) continue;
    if (taken.has(given)) throw invalid(`lines[${at}].line_number`, `line ${given} is there twice`);
    taken.add(given);
  }
  let next = 1;
  return wanted.map(({ line_number: given }) => {
    if (given !== undefined) return given;
    while (taken.has(next)) next += 1;
    taken.add(next);
    return next;
  });
}

/**
 * The lines that a device shall have, by number. A line that registers goes on with the SIP user name of
 * that number before; other names of the device are used again before new ones are made.
 * @throws AppError 422
 */
export function linesFrom(wanted: WantedLines, before: readonly DeviceLine[], newUsername: () => string): DeviceLine[] {
  const numbers = numbered(wanted);
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
  const named = before.filter((line) => line.sip_username !== null);
  const kept = new Map(
    named.map((line) => [line.line_number, line.sip_username] as const).filter(([number]) => registering.has(number)),
  );
  const spare = named.filter((line) => !registering.has(line.line_number)).map((line) => line.sip_username);
  return lines.map((line) => ({
    ...line,
    sip_username: line.type === 'blf' ? null : (kept.get(line.line_number) ?? spare.shift() ?? newUsername()),
  }));
}
