import type { LeftCall } from '#browser-phone/left-calls.ts';
import type { LineAccount } from '#browser-phone/line.ts';

/** The line of a tab that is reloaded during calls, for the page that comes after. */

/** A line, with the time at which the server made it (Unix milliseconds). */
export type MadeLine = LineAccount & { readonly at: number };

/** Of one person. */
type LeftLine = { readonly owner: string; readonly line: MadeLine; readonly calls: readonly LeftCall[] };
type Stored = LeftLine & { readonly leftAt: number };

/** Milliseconds for which the platform keeps the calls of a phone that is gone. */
const kept = 30_000;

/** In the storage of the tab, which a reload keeps. */
const ofTab = 'trunkline-phone-left';
/** In the storage of all tabs: the lines that tabs have left, with their owners and times. A closed tab ends none. */
const ofBrowser = 'trunkline-phone-lines';

type Lines = Readonly<Record<string, Pick<Stored, 'owner' | 'leftAt'>>>;

/** What a storage has under a key; undefined: nothing that can be read. */
function readFrom(storage: Storage, key: string): unknown {
  try {
    return JSON.parse(storage.getItem(key) ?? 'null') ?? undefined;
  } catch {
    return undefined;
  }
}

const linesLeft = (): Lines => (readFrom(localStorage, ofBrowser) as Lines | undefined) ?? {};
const noteLines = (lines: Lines): void => localStorage.setItem(ofBrowser, JSON.stringify(lines));

/** Leaves a line to the next page of the tab. */
export function leaveLine(left: LeftLine): void {
  const leftAt = Date.now();
  sessionStorage.setItem(ofTab, JSON.stringify({ ...left, leftAt }));
  noteLines({ ...linesLeft(), [left.line.username]: { owner: left.owner, leftAt } });
}

/** The line that the page before has left, once. @returns null if it has left none, or too long ago */
export function takeLeftLine(owner: string): LeftLine | null {
  const stored = readFrom(sessionStorage, ofTab) as Stored | undefined;
  sessionStorage.removeItem(ofTab);
  if (stored?.owner !== owner || Date.now() - stored.leftAt > kept) return null;
  forgetLine(stored.line.username);
  return stored;
}

/** The lines of a person whose tabs did not come back, by their user names. */
export const abandonedLines = (owner: string): readonly string[] =>
  Object.entries(linesLeft()).flatMap(([username, line]) =>
    line.owner === owner && Date.now() - line.leftAt > kept ? [username] : [],
  );

export function forgetLine(username: string): void {
  noteLines(Object.fromEntries(Object.entries(linesLeft()).filter(([each]) => each !== username)));
}
