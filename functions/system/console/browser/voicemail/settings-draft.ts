import { textIn, type JsonObject } from '../../json-value.ts';

/** What a person edits of the preferences of a mailbox (`/voicemailprefs/{mailbox}`), and what of it is sent. */

export type Draft = {
  readonly enabled: boolean;
  readonly greeting_type: string;
  /** Empty: the PIN stays as it is. */
  readonly pin: string;
  readonly isPinRemoved: boolean;
  readonly pin_from_own_phone: boolean;
  readonly callback_from_outside: boolean;
  /** Empty: none; as the other texts. */
  readonly notify_email: string;
  readonly notify_sms: string;
  readonly attach_audio: boolean;
  readonly delete_after_email: boolean;
  readonly max_messages: number | string;
  readonly max_duration_seconds: number | string;
  /** Days. Empty: messages stay. */
  readonly retention_days: number | string;
  readonly timezone: string;
  readonly language: string;
  readonly user_id: string;
};

const flags = ['enabled', 'pin_from_own_phone', 'callback_from_outside', 'attach_audio', 'delete_after_email'] as const;
const texts = ['greeting_type', 'notify_email', 'notify_sms', 'timezone', 'language', 'user_id'] as const;
const numbers = ['max_messages', 'max_duration_seconds', 'retention_days'] as const;

const numberOf = (value: unknown): number | string => (typeof value === 'number' ? value : '');

export const draftOf = (saved: JsonObject): Draft => ({
  enabled: saved['enabled'] === true,
  greeting_type: textIn(saved['greeting_type']),
  pin: '',
  isPinRemoved: false,
  pin_from_own_phone: saved['pin_from_own_phone'] === true,
  callback_from_outside: saved['callback_from_outside'] === true,
  notify_email: textIn(saved['notify_email']),
  notify_sms: textIn(saved['notify_sms']),
  attach_audio: saved['attach_audio'] === true,
  delete_after_email: saved['delete_after_email'] === true,
  max_messages: numberOf(saved['max_messages']),
  max_duration_seconds: numberOf(saved['max_duration_seconds']),
  retention_days: numberOf(saved['retention_days']),
  timezone: textIn(saved['timezone']),
  language: textIn(saved['language']),
  user_id: textIn(saved['user_id']),
});

const orNull = (value: number | string): number | string | null =>
  typeof value === 'string' ? value.trim() || null : value;

/** The PIN in the body, if it changes. */
const pinOf = ({ pin, isPinRemoved }: Draft) => {
  if (isPinRemoved) return { pin: null };
  return pin === '' ? {} : { pin };
};

/** The body of a PUT, which changes the given fields only: those that differ from what is saved. */
export function changesOf(draft: Draft, saved: JsonObject): Readonly<Record<string, unknown>> {
  const before = draftOf(saved);
  const changed = [...flags, ...texts, ...numbers].filter((name) => draft[name] !== before[name]);
  return {
    ...Object.fromEntries(
      changed.map((name) => {
        const value = draft[name];
        return [name, typeof value === 'boolean' ? value : orNull(value)];
      }),
    ),
    ...pinOf(draft),
  };
}
