import type { AuditedEvent } from './event-chain.ts';
import type { Owners, UnsealedEntry } from './event-log.ts';
import { storedAddress } from './email-address.ts';

/**
 * Whom an entry of the event log names (functions/platform/event-log/README.md). A person is an id of
 * a user or of a contact of the directory; an external party is named by a telephone number (E.164) or an e-mail
 * address.
 */

/**
 * Persons whom one entry is about. More are not counted, as the entry and two items for each of them are written in one
 * transaction.
 */
const maxPersons = 40;
/** Persons of the text of a client, who could else make a key for each word that is sent. */
const maxQuoted = 5;

const isId = (text: string): boolean => /^(usr|dir)_[0-9A-Za-z_-]+$/.test(text);
/** Bounded as in RFC 5321 §4.5.3.1, so that no long text takes long. */
const addressForm = /[^\s@/<>()[\]",;:]{1,64}@[^\s@/<>()[\]",;:]{1,255}/g;
const numberForm = /\+[1-9][0-9]{5,14}(?![0-9])/g;

const isWhole = (form: RegExp, text: string): boolean => text.match(form)?.[0] === text;

/** Whether a text names an external party, whom no id names. */
export const isExternalParty = (text: string): boolean =>
  isWhole(addressForm, text) || isWhole(numberForm, text) || storedAddress(text) === text;

/** The form in which an external party has one key: that in which addresses are stored. */
export const foldExternalParty = (text: string): string => storedAddress(text) ?? text.toLowerCase();

const personFrom = (text: string): string[] => {
  if (isId(text)) return [text];
  return isExternalParty(text) ? [foldExternalParty(text)] : [];
};

/** The first addresses and numbers in the text of a client. */
const externalPartiesIn = (text: string): string[] => {
  const all = [...(text.match(addressForm) ?? []), ...(text.match(numberForm) ?? [])].map(foldExternalParty);
  return [...new Set(all)].slice(0, maxQuoted);
};

/** Whether a text has a name as words of its own. */
function quotes(text: string, name: string | null): boolean {
  if (name === null || name === '') return false;
  const [folded, sought] = [text.toLowerCase(), name.toLowerCase()];
  for (let at = folded.indexOf(sought); at >= 0; at = folded.indexOf(sought, at + 1)) {
    const around = [folded[at - 1] ?? ' ', folded[at + sought.length] ?? ' '];
    if (around.every((character) => !/[\p{L}\p{N}]/u.test(character))) return true;
  }
  return false;
}

/** Whom an entry is about: its resource, those whom its recorder named, and those whom the text of a client names. */
function subjectsOf(event: AuditedEvent, { resource, description, metadata }: UnsealedEntry): string[] {
  const said = event.filed?.as === 'entry' ? externalPartiesIn(`${description}\n${JSON.stringify(metadata)}`) : [];
  const named = [resource?.id ?? '', ...(event.persons ?? [])].flatMap(personFrom);
  return [...new Set([...named, ...said])].slice(0, maxPersons);
}

/**
 * Whom each value of an entry names. The address and the program of a request are those of its caller; without one, as
 * at log-ins that fail, those of the person whom it is about.
 */
export function ownersOf(event: AuditedEvent, entry: UnsealedEntry): Owners {
  const { actor, resource, recorded_by } = entry;
  const subjects = subjectsOf(event, entry);
  const actors = personFrom(actor.id);
  const callers = personFrom(recorded_by);
  const origin = callers.length > 0 ? callers : subjects;
  const quoted = (text: string): string[] =>
    [actor.name, actor.email].some((name) => quotes(text, name)) ? actors : [];
  return {
    'actor.name': actors,
    'actor.email': actors,
    'resource.id': isExternalParty(resource?.id ?? '') ? subjects : [],
    'resource.name': subjects,
    description: [...subjects, ...quoted(entry.description)],
    metadata: [...subjects, ...quoted(JSON.stringify(entry.metadata))],
    ip_address: entry.ip_address === event.ip || actors.length === 0 ? origin : actors,
    user_agent: origin,
  };
}

/** The owners of all values. */
export const personsIn = (owners: Owners): readonly string[] => [...new Set(Object.values(owners).flat())];
