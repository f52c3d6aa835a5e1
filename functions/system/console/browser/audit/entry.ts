import { at, isObject } from '../../json-value.ts';
import type { components } from '#openapi';
import { differencesIn, type Difference } from '../kit/differences.ts';
import { labelOf } from '../kit/words.ts';
import { t } from '../texts/texts.ts';

/** Entries of the audit log, as people read them. */

export type Entry = components['schemas']['EventLogEntry'];
type Told = Pick<Entry, 'event_type' | 'actor' | 'resource' | 'description' | 'ip_address'>;

/** What entries are about, by the first word of their type. */
export const areas: Readonly<Record<string, string>> = {
  accesskey: t('access key'),
  archiving: t('archive'),
  auth: t('sign-in'),
  billingprofile: t('billing'),
  blockedcaller: t('blocked caller'),
  callflow: t('call flow'),
  callhandling: t('call handling'),
  dataconnector: t('connector'),
  device: t('phone'),
  directory: t('directory entry'),
  domain: t('domain'),
  emailtemplate: t('template'),
  file: t('file'),
  gateway: t('gateway'),
  group: t('group'),
  legalhold: t('legal hold'),
  number: t('number'),
  org: t('organization'),
  orgip: t('allowed network'),
  permission: t('permission'),
  policy: t('dial plan'),
  ringgroup: t('ring group'),
  role: t('role'),
  schedule: t('opening hours'),
  sim: t('SIM card'),
  stirauthorities: t('certificate authorities'),
  stircertificate: t('certificate for calls'),
  tariff: t('price list'),
  trunk: t('trunk'),
  trunkip: t('address of a trunk'),
  user: t('user'),
  voicemaildrop: t('voicemail drop'),
  voicemailprefs: t('mailbox'),
  webhook: t('webhook'),
};

/** Who did it: by name, else by what it is. */
function actorText({ actor }: Pick<Entry, 'actor'>): string {
  if (actor.name !== null) return actor.name;
  if (actor.type === 'system') return t('The platform');
  return actor.type === 'api' ? t('A program') : t('Somebody');
}

const created = ['created', 'placed', 'activated', 'set'];
const changed = ['updated', 'changed', 'restored'];
const deleted = ['deleted', 'released'];

/** The sentences of actions. */
const sentences = [
  [created, (values: Values) => t('{who} created {what}', values)],
  [changed, (values: Values) => t('{who} changed {what}', values)],
  [deleted, (values: Values) => t('{who} deleted {what}', values)],
] as const;

type Values = { readonly who: string; readonly what: string };

/** Who did what. Where the entry does not name its resource, its description does. */
export function storyOf(entry: Told): string {
  const { event_type: type, resource, description } = entry;
  const who = actorText(entry);
  if (type === 'auth.login') return t('{who} signed in', { who });
  if (type === 'auth.logout') return t('{who} signed out', { who });
  const [area = '', ...rest] = type.split('.');
  const [noun, name] = [areas[area], resource?.name];
  const [, sentence] = sentences.find(([actions]) => actions.includes(rest.join('.'))) ?? [];
  if (noun === undefined || name == null || sentence === undefined)
    return t('{who}: {text}', { who, text: description });
  return sentence({ who, what: t('{what} “{name}”', { what: noun, name }) });
}

/** The fields that a change has changed; none of an entry that is no change. */
export function changesOf({ metadata }: Pick<Entry, 'metadata'>): readonly Difference[] {
  const changes = metadata['changes'];
  if (!isObject(changes)) return [];
  return Object.entries(changes).flatMap(([name, change]) =>
    differencesIn(labelOf(name), at(change, 'old'), at(change, 'new')),
  );
}

/** Whether the entry is in the chain already, and where. */
export const chainText = ({ chain }: Pick<Entry, 'chain'>): string =>
  chain.state === 'sealed'
    ? t('Sealed as number {seq} of the log', { seq: String(chain.seq) })
    : t('Recorded; sealed within seconds');
