import { existsSync } from 'node:fs';
import { posix } from 'node:path';
import { secretNames } from '#contract/effects.ts';

/** An error of the compiler: where it is, and its lines, each of which explains the line before. */
type TypeError = { readonly file: string; readonly line: number; readonly lines: readonly string[] };
type Exists = (file: string) => boolean;

/** Printed errors, and characters of a line: the rest quotes types. */
const mostErrors = 20;
const widest = 240;

const heading = /^(\S+?)\((\d+),\d+\): error (TS\d+: .*)$/;

function errorsIn(printed: string): readonly TypeError[] {
  const errors: { file: string; line: number; lines: string[] }[] = [];
  for (const line of printed.split('\n')) {
    const [, file, number, text] = heading.exec(line) ?? [];
    if (file !== undefined && text !== undefined) errors.push({ file, line: Number(number), lines: [text] });
    else if (line.startsWith('  ')) errors.at(-1)?.lines.push(line.trim());
  }
  return errors;
}

const misfit =
  /(?:^TS\d+: Argument of|^Type|: Type) (?:type )?'"([^"]+)"' is not assignable to (?:parameter of )?type (.*)$/;

/** The effect that a write of a handler or a cascade needs: `trunk`, `check:trunk` or `event:trunk.created`. */
function effectOfWrite(literal: string): string {
  const [kind, name] = literal.split(/^(check|event):/).filter((part) => part !== '');
  if (name === undefined) return `writes('${literal}')`;
  return kind === 'event' ? `records('${name}')` : `reads('${name}')`;
}

/** The effect of a read, by the row that a table rejects. */
function missingRead(text: string): string | undefined {
  const index = /declares no (reads\('[^']+', 'GSI\d'\))/.exec(text)?.[1];
  if (index !== undefined) return index;
  const entity = /^TS\d+: Argument of type 'Row<"([^"]+)"/.exec(text)?.[1];
  return entity === undefined ? undefined : `reads('${entity}')`;
}

/** The effect that is missing, as a contract declares it; undefined for another error. */
function missingEffect({ lines }: TypeError): string | undefined {
  const text = lines.join('\n');
  const [, literal, target = ''] = misfit.exec(lines.at(-1) ?? '') ?? [];
  const read = missingRead(text);
  if (read !== undefined || literal === undefined) return read;
  if (text.includes("Types of property 'bucket'")) return `storesObjects('${literal}')`;
  if (/-keys|-admin|'never'/.test(target) && secretNames.some((name) => name === literal))
    return `readsSecret('${literal}')`;
  const isWrite = /\b(Change|Write)</.test(text) && /"(check|event):|'never'/.test(target);
  return isWrite ? effectOfWrite(literal) : undefined;
}

/** The contract of a file of a function: in its folder, or in one above. */
function contractOf(file: string, exists: Exists): string {
  const folder = posix.dirname(file);
  return [folder, posix.dirname(folder)].map((each) => `${each}/contract.ts`).find(exists) ?? 'its contract';
}

/** The endpoint whose handler an error is about. */
function endpointIn({ lines }: TypeError): string {
  const [, route, id] = /Outcome<Endpoint<"([^"]+)", \{ readonly id: "([^"]+)"/.exec(lines.join('\n')) ?? [];
  return route === undefined || id === undefined ? '' : ` of ${id} (${route})`;
}

function describeOther({ file, line, lines }: TypeError): string {
  const [first = '', ...rest] = lines;
  const last = rest.at(-1);
  return [`${file}:${line} ${first}`, ...(last === undefined ? [] : [`  ${last}`])]
    .map((each) => (each.length > widest ? `${each.slice(0, widest)}…` : each))
    .join('\n');
}

/** One line for each missing effect: where to declare it, and the first place that needs it. */
function missingEffects(errors: readonly TypeError[], exists: Exists): readonly string[] {
  const places = new Map<string, string[]>();
  for (const error of errors) {
    const effect = missingEffect(error);
    if (effect === undefined) continue;
    const text = `${contractOf(error.file, exists)}: add ${effect} to the effects${endpointIn(error)}`;
    places.set(text, [...(places.get(text) ?? []), `${error.file}:${error.line}`]);
  }
  return [...places].map(([text, [first, ...more]]) => {
    const others = more.length > 0 ? ` and ${more.length} more` : '';
    return `${text}, for ${first}${others}`;
  });
}

/**
 * What the compiler printed, shortened to what a person needs. Effects that contracts lack are first, with the line to
 * write; of other errors the first and the last line, which names the part that does not fit.
 */
export function typeErrors(printed: string, exists: Exists = existsSync): string {
  const errors = errorsIn(printed);
  if (errors.length === 0) return printed;
  const others = errors.filter((error) => missingEffect(error) === undefined).map(describeOther);
  const described = [...missingEffects(errors, exists), ...others];
  const hidden = described.length - mostErrors;
  return [
    ...described.slice(0, mostErrors),
    ...(hidden > 0 ? [`${hidden} more`] : []),
    'All of it: npm run types',
  ].join('\n');
}
