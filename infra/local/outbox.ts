import { randomUUID } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { failure, json, type AwsCall, type AwsService } from './aws-call.ts';
import { writeDurably } from './data-dir.ts';

/** What SendEmail is told of a raw message (SES API v2 Reference). */
type RawEmail = {
  readonly FromEmailAddress: string;
  readonly Content?: { readonly Raw?: { readonly Data: string } };
  readonly EmailTags?: readonly { readonly Name: string; readonly Value: string }[];
};
const rawEmail = ({ parameters }: AwsCall): RawEmail => parameters as RawEmail;

/** Raw messages are an action of their own. */
export const emailAction = (call: AwsCall): string =>
  (call.method !== 'POST' || call.url !== '/v2/email/outbound-emails' ? `${call.method} ${call.url}` : rawEmail(call).Content?.Raw === undefined ? 'SendEmail' : 'SendRawEmail');

export const senderOf = (call: AwsCall): string => rawEmail(call).FromEmailAddress;

/** SES, but that e-mail goes into a folder, each as a file by its tag `email_id` or by the id that it is given. */
export function openOutbox(dataDir: string): AwsService {
  const folder = join(dataDir, 'outbox', 'email');
  mkdirSync(folder, { recursive: true });
  return async (call) => {
    const { Content: { Raw: raw } = {}, EmailTags: tags = [] } = rawEmail(call);
    if (raw === undefined) return failure(400, 'BadRequestException', 'The local cloud takes raw messages only.');
    // As AWS, which lets nothing else be the value of a tag.
    if (!tags.every(({ Value }) => /^[\w-]{1,256}$/.test(Value))) return failure(400, 'BadRequestException', 'A tag holds letters, digits, - and _ only.');
    const MessageId = randomUUID();
    writeDurably(join(folder, `${tags.find(({ Name }) => Name === 'email_id')?.Value ?? MessageId}.eml`), Buffer.from(raw.Data, 'base64'));
    return json(200, { MessageId });
  };
}
