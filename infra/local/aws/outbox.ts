import { randomUUID } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { failure, json, type AwsService } from './aws-call.ts';
import { writeDurably } from '../data-dir.ts';
import { rawEmail } from './email-call.ts';
import type { EmailReports } from './email-reports.ts';

/** SES that writes each e-mail into a folder, as a file named by its tag `email_id` or its message id, and reports. */
export function openOutbox(dataDir: string, reports: EmailReports): AwsService {
  const folder = join(dataDir, 'outbox', 'email');
  mkdirSync(folder, { recursive: true });
  return async (call) => {
    const email = rawEmail(call);
    const { Content: { Raw: raw } = {}, EmailTags: tags = [], ConfigurationSetName: set } = email;
    const MessageId = randomUUID();
    const name = tags.find(({ Name }) => Name === 'email_id')?.Value ?? MessageId;
    // AWS allows only these characters in the value of a tag.
    if (raw === undefined || !/^[\w-]{1,256}$/.test(name))
      return failure(
        400,
        'BadRequestException',
        'The local cloud takes raw messages, and tags of letters, digits, - and _.',
      );
    if (set !== undefined && !reports.hasSet(set))
      return failure(404, 'NotFoundException', `Configuration set <${set}> does not exist.`);
    writeDurably(join(folder, `${name}.eml`), Buffer.from(raw.Data, 'base64'));
    reports.report(email, MessageId);
    return json(200, { MessageId });
  };
}
