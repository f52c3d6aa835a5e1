import { at, isObject, listIn, textIn, type JsonObject } from '../../json-value.ts';
import { t } from '../texts/texts.ts';
import { labelOfKind, type Target } from '../kit/targets.ts';

/** What a person edits of the call handling of a user (`/users/{id}/callhandling`), and the body that replaces it. */

/** Where a call may be sent on. */
export const targetKinds = [
  { value: 'none', label: t('not forwarded') },
  { value: 'number', label: t('a number or extension') },
  ...['user', 'device', 'ring_group', 'flow', 'voicemail'].map((value) => ({ value, label: labelOfKind(value) })),
];

export type FollowMe = {
  readonly number: string;
  /** Seconds. Empty: the default of the API. */
  readonly delay: number | string;
  /** Seconds. Empty: the default of the API. */
  readonly ring: number | string;
  /** Empty: none is needed. */
  readonly key: string;
};

export const occasions = [
  { name: 'always', label: t('Always') },
  { name: 'busy', label: t('When busy') },
  { name: 'no_answer', label: t('Without an answer') },
  { name: 'unreachable', label: t('When no phone is reachable') },
] as const;
type Occasion = (typeof occasions)[number]['name'];

export type Draft = {
  readonly isDoNotDisturb: boolean;
  readonly forward: Readonly<Record<Occasion, Target>>;
  /** Seconds. Empty: the default of the API. */
  readonly ring: number | string;
  readonly hasVoicemail: boolean;
  readonly followMe: readonly FollowMe[];
  readonly blocked: readonly string[];
  /** Id. Empty: the phones always ring. */
  readonly schedule: string;
  readonly whenClosed: Target;
  readonly intercom: string;
};

function targetOf(saved: unknown): Target {
  if (typeof saved === 'string') return { kind: 'number', to: saved };
  return isObject(saved) ? { kind: textIn(saved['type']), to: textIn(saved['id']) } : { kind: 'none', to: '' };
}

const bodyOfTarget = ({ kind, to }: Target) => {
  if (kind === 'none') return null;
  return kind === 'number' ? to.trim() : { type: kind, id: to.trim() };
};

const numberOf = (value: unknown): number | string => (typeof value === 'number' ? value : '');

const followMeOf = (saved: unknown): FollowMe => ({
  number: textIn(at(saved, 'number')),
  delay: numberOf(at(saved, 'delay_seconds')),
  ring: numberOf(at(saved, 'ring_seconds')),
  key: textIn(at(saved, 'accept_key')),
});

export const newFollowMe: FollowMe = { number: '', delay: '', ring: '', key: '1' };

export const draftOf = (saved: JsonObject): Draft => ({
  isDoNotDisturb: saved['do_not_disturb'] === true,
  forward: {
    always: targetOf(at(saved, 'forward', 'always')),
    busy: targetOf(at(saved, 'forward', 'busy')),
    no_answer: targetOf(at(saved, 'forward', 'no_answer')),
    unreachable: targetOf(at(saved, 'forward', 'unreachable')),
  },
  ring: numberOf(saved['ring_seconds']),
  hasVoicemail: saved['voicemail'] !== false,
  followMe: listIn(saved['follow_me']).map(followMeOf),
  blocked: listIn(saved['blocked']).map(textIn),
  schedule: textIn(saved['schedule']),
  whenClosed: targetOf(saved['when_closed']),
  intercom: textIn(saved['intercom']),
});

/** A field that was left empty is left out, which gives it its default. */
const given = (name: string, value: number | string) => (value === '' ? {} : { [name]: value });

/** All settings, as the API replaces all. */
export const bodyOf = (draft: Draft) => ({
  do_not_disturb: draft.isDoNotDisturb,
  forward: {
    always: bodyOfTarget(draft.forward.always),
    busy: bodyOfTarget(draft.forward.busy),
    no_answer: bodyOfTarget(draft.forward.no_answer),
    unreachable: bodyOfTarget(draft.forward.unreachable),
  },
  ...given('ring_seconds', draft.ring),
  voicemail: draft.hasVoicemail,
  follow_me: draft.followMe.map(({ number, delay, ring, key }) => ({
    number: number.trim(),
    ...given('delay_seconds', delay),
    ...given('ring_seconds', ring),
    accept_key: key === '' ? null : key,
  })),
  blocked: draft.blocked,
  schedule: draft.schedule.trim() || null,
  when_closed: bodyOfTarget(draft.whenClosed),
  ...given('intercom', draft.intercom),
});

type Violation = { readonly path: string; readonly message: string };

/** What the API says of a field or of what is in it. Null: nothing. */
export const violationAt = (violations: readonly Violation[], field: string): string | null =>
  violations.find(({ path }) => path === field || path.startsWith(`${field}.`) || path.startsWith(`${field}[`))
    ?.message ?? null;

const valueAt = (draft: Draft, field: string): string =>
  JSON.stringify([at(bodyOf(draft), ...field.split(/[.[\]]+/).filter(Boolean))]);

/** Whether a field has the same value in two drafts. @param field its path in the body */
export const isSame = (field: string, one: Draft, other: Draft): boolean =>
  valueAt(one, field) === valueAt(other, field);
