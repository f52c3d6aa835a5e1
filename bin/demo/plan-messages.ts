import { draw, partyOutside, pick, second, tenants, type Tenant, type User } from './plan.ts';

/** What is said and written in the demo, and how gateways answer: the same each time, as in `plan.ts`. */

export type Gateway = {
  readonly name: string;
  /** Milliseconds. */
  readonly latency: number;
};

/** What a monitor says of a gateway in the last day, oldest first. */
export const reportsOf = ({ name, latency }: Gateway) =>
  Array.from({ length: 12 }, (_, at) => {
    const isSlow = draw(`${name} report ${at}`, 6) === 0;
    return {
      hours: 22 - 2 * at,
      status: isSlow ? 'degraded' : 'healthy',
      response_time_ms: latency + draw(`${name} jitter ${at}`, 15) + (isSlow ? 240 : 0),
      packet_loss_percent: isSlow ? 6 : 0,
      source: 'monitor.example',
    };
  });

const callers = ['Ada Lindgren', 'Building management', 'Dr. Okafor', 'Front desk', 'Jonas Weber', 'Parcel service'];

/** Users of a tenant who have messages in their mailbox. */
const withMessages = 3;

export type LeftMessage = {
  readonly mailbox: string;
  readonly caller_number: string;
  readonly caller_name: string;
  readonly seconds: number;
  /** Pitch of its sound, hertz. */
  readonly pitch: number;
  readonly urgent: boolean;
  /** When it was left. */
  readonly received_at: string;
};

/** Messages that are left in mailboxes of a tenant. @param newest Unix milliseconds before which all are left */
export const leftMessagesOf = (
  { key }: Tenant,
  { users, newest }: { readonly users: readonly User[]; readonly newest: number },
): readonly LeftMessage[] =>
  users.slice(0, withMessages).flatMap(({ extension }) =>
    Array.from({ length: 3 }, (_, at) => {
      const of = `${key} voicemail ${extension} ${at}`;
      return {
        mailbox: extension,
        caller_number: partyOutside(of),
        caller_name: pick(`${of} name`, callers),
        seconds: 2 + draw(`${of} seconds`, 5),
        pitch: 220 + 20 * draw(`${of} pitch`, 20),
        urgent: draw(`${of} urgent`, 4) === 0,
        received_at: second(newest - draw(`${of} at`, 5 * 24 * 3_600) * 1_000),
      };
    }),
  );

const rate = 8_000;

/** A tone as WAV: 16 bit, mono, swelling twice a second. */
export function soundOf({ seconds, pitch }: Pick<LeftMessage, 'seconds' | 'pitch'>): Buffer {
  const samples = seconds * rate;
  const wav = Buffer.alloc(44 + samples * 2);
  wav.write('RIFF', 0, 'latin1');
  wav.writeUInt32LE(wav.length - 8, 4);
  wav.write('WAVEfmt ', 8, 'latin1');
  wav.writeUInt32LE(16, 16);
  wav.writeUInt16LE(1, 20);
  wav.writeUInt16LE(1, 22);
  wav.writeUInt32LE(rate, 24);
  wav.writeUInt32LE(rate * 2, 28);
  wav.writeUInt16LE(2, 32);
  wav.writeUInt16LE(16, 34);
  wav.write('data', 36, 'latin1');
  wav.writeUInt32LE(samples * 2, 40);
  for (let at = 0; at < samples; at += 1) {
    const level = 6_000 * Math.sin((2 * Math.PI * at) / rate) ** 2;
    wav.writeInt16LE(Math.round(level * Math.sin((2 * Math.PI * pitch * at) / rate)), 44 + at * 2);
  }
  return wav;
}

export const texts = [
  'Your parcel arrives today',
  'Your appointment is tomorrow at 9:30',
  'Your code is on its way',
  'Thank you',
] as const;

const answers = ['Yes, thank you', 'Please call me back', 'Can we move it to 10:00?', 'OK'];
const states = ['delivered', 'delivered', 'delivered', 'delivered', 'failed'];

type LogFrame = { readonly from: string; readonly newest: number; readonly days: number };

/** Entries of the SMS log that another system of the tenant has sent and received. */
export const smsLogOf = ({ key }: Tenant, { from, newest, days }: LogFrame): readonly object[] =>
  Array.from({ length: 60 }, (_, at) => {
    const of = `${key} sms ${at}`;
    const isInbound = draw(`${of} direction`, 3) === 0;
    const party = partyOutside(of);
    return {
      message_id: `demo-${key}-${at}`,
      direction: isInbound ? 'inbound' : 'outbound',
      ...(isInbound ? { from: party, to: from } : { from, to: party }),
      message: pick(`${of} text`, isInbound ? answers : texts),
      status: isInbound ? 'received' : pick(`${of} status`, states),
      timestamp: second(newest - draw(`${of} at`, days * 24 * 3_600) * 1_000),
      segments: 1,
      cost: isInbound ? 0 : 0.0075,
    };
  });

/** A template of e-mails, which has no place for what a demo must not send. */
export const template = {
  name: 'appointment',
  subject: 'Your appointment on {{day}}',
  html: '<p>Hello {{name}},</p><p>we expect you on {{day}} at {{time}}.</p>',
  description: 'Reminds of an appointment',
} as const;

const days = ['Monday', 'Tuesday', 'Thursday', 'Friday'];

/** E-mails to the first users of a tenant. */
export const emailsOf = ({ key }: Tenant, users: readonly User[]) =>
  users.slice(0, withMessages).map(({ first, username }, at) => ({
    to: `${username}@${key}.example`,
    template: template.name,
    variables: { name: first, day: pick(`${key} day ${at}`, days), time: `${9 + draw(`${key} time ${at}`, 8)}:30` },
    reference: `demo ${tenants.findIndex((tenant) => tenant.key === key)}-${at}`,
  }));
