import { createHash, randomUUID } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import * as z from 'zod';
import { identityTag } from '#schema/domain.ts';
import { type AwsCall, type AwsService, failure, json } from './aws-call.ts';
import { writeDurably } from '../machine/data-dir.ts';
import { identityOf, rawEmail } from './email-call.ts';
import type { EmailReports } from './email-reports.ts';

/** What is stored of an identity. */
const Stored = z.object({ Tags: z.array(z.object({ Key: z.string(), Value: z.string() })) });

const folderIn = (dataDir: string): string => join(dataDir, 'email-identities');
/** A name is chosen by a tenant. */
const fileIn = (folder: string, name: string): string =>
  join(folder, `${createHash('sha256').update(name).digest('hex')}.json`);

const tagsIn = (file: string) => Stored.parse(JSON.parse(readFileSync(file, 'utf8'))).Tags;

/** Reads the value of the platform's tag of an identity, for IAM's conditions. */
export const identityOwners =
  (dataDir: string) =>
  (name: string): string | undefined => {
    const file = fileIn(folderIn(dataDir), name);
    return existsSync(file) ? tagsIn(file).find(({ Key }) => Key === identityTag)?.Value : undefined;
  };

/** Three tokens of Easy DKIM. */
const tokensOf = (name: string): string[] =>
  [1, 2, 3].map((at) => createHash('sha256').update(`${name} ${at}`).digest('hex').slice(0, 32));

/** Identities of SES, each in a file. No one checks their records: every identity is verified. */
function openIdentities(dataDir: string): (call: AwsCall, name: string) => ReturnType<AwsService> {
  const folder = folderIn(dataDir);
  mkdirSync(folder, { recursive: true });
  const attributes = (name: string) => ({
    IdentityType: 'DOMAIN',
    VerifiedForSendingStatus: true,
    DkimAttributes: { SigningEnabled: true, Status: 'SUCCESS', Tokens: tokensOf(name) },
  });
  return async (call, name) => {
    const file = fileIn(folder, name);
    if (call.method === 'POST') {
      if (existsSync(file)) return failure(400, 'AlreadyExistsException', `Email identity ${name} already exist.`);
      writeDurably(file, JSON.stringify({ Tags: call.parameters['Tags'] ?? [] }));
      return json(200, attributes(name));
    }
    if (!existsSync(file)) return failure(404, 'NotFoundException', `Email identity ${name} does not exist.`);
    if (call.method === 'DELETE') {
      rmSync(file, { force: true });
      return json(200, {});
    }
    return json(200, { ...attributes(name), VerificationStatus: 'SUCCESS', Tags: tagsIn(file) });
  };
}

/** SES: e-mails go to the outbox, identities are kept. */
export function openEmailService(dataDir: string, reports: EmailReports): AwsService {
  const [send, identities] = [openOutbox(dataDir, reports), openIdentities(dataDir)];
  return (call) => {
    const name = identityOf(call);
    return name === undefined ? send(call) : identities(call, name);
  };
}

/** SES that writes each e-mail into a folder, as a file named by its tag `email_id` or its message id, and reports. */
function openOutbox(dataDir: string, reports: EmailReports): AwsService {
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
