import { randomUUID } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { failure, json, type AwsService } from './aws-call.ts';
import { writeDurably } from '../data-dir.ts';
import { rawEmail } from './email-call.ts';

/** SES that writes each e-mail into a folder, as a file named by its tag `email_id` or by its message id. */
export function openOutbox(dataDir: string): AwsService {
  const folder = join(dataDir, 'outbox', 'email');
  mkdirSync(folder, { recursive: true });
  return async (call) => {
    const { Content: { Raw: raw } = {}, EmailTags: tags = [] } = rawEmail(call);
    const MessageId = randomUUID();
    const name = tags.find(({ Name }) => Name === 'email_id')?.Value ?? MessageId;
    // AWS allows only these characters in the value of a tag.
    if (raw === undefined || !/^[\w-]{1,256}$/.test(name))
      return failure(
        400,
        'BadRequestException',
        'The local cloud takes raw messages, and tags of letters, digits, - and _.',
      );
    writeDurably(join(folder, `${name}.eml`), Buffer.from(raw.Data, 'base64'));
    return json(200, { MessageId });
  };
}
