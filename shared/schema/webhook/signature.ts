import { createHmac } from 'node:crypto';

/** Signatures of webhooks by Standard Webhooks (https://www.standardwebhooks.com, "Signature scheme"). */

const prefix = 'whsec_';

/** A secret as people see it: `whsec_` and its bytes in base64. */
export const secretOf = (bytes: Uint8Array): string => prefix + Buffer.from(bytes).toString('base64');

/** The end of a secret, by which people recognize it. */
export const hintOf = (secret: string): string => `…${secret.replace(/=+$/, '').slice(-4)}`;

type Signed = {
  /** Id of the event, the same in each attempt. */
  readonly id: string;
  /** Unix seconds of the attempt. */
  readonly timestamp: number;
  readonly body: string;
};

const signatureBy = (secret: string, { id, timestamp, body }: Signed): string =>
  createHmac('sha256', Buffer.from(secret.slice(prefix.length), 'base64'))
    .update(`${id}.${timestamp}.${body}`)
    .digest('base64');

/** The headers of a signed request, with a signature by each secret. */
export const signatureHeaders = (signed: Signed, secrets: readonly string[]): Readonly<Record<string, string>> => ({
  'webhook-id': signed.id,
  'webhook-timestamp': String(signed.timestamp),
  'webhook-signature': secrets.map((secret) => `v1,${signatureBy(secret, signed)}`).join(' '),
});
