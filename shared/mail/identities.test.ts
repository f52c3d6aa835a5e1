import {
  AlreadyExistsException,
  CreateEmailIdentityCommand,
  DeleteEmailIdentityCommand,
  GetEmailIdentityCommand,
  NotFoundException,
  type SESv2Client,
  type Tag,
} from '@aws-sdk/client-sesv2';
import { expect, test } from 'vitest';
import { sesIdentities } from './identities.ts';

type Stored = { readonly Tags: readonly Tag[]; readonly token: string; status: 'PENDING' | 'SUCCESS' | 'FAILED' };
const metadata = { $metadata: {}, message: 'no' };

/** SES in memory. Each identity that is made has a token of its own. */
function memorySes() {
  const stored = new Map<string, Stored>();
  let made = 0;
  const answer = (command: unknown): object => {
    if (command instanceof GetEmailIdentityCommand) {
      const found = stored.get(command.input.EmailIdentity ?? '');
      if (found === undefined) throw new NotFoundException(metadata);
      return {
        Tags: found.Tags,
        VerificationStatus: found.status,
        VerifiedForSendingStatus: found.status === 'SUCCESS',
        DkimAttributes: { Tokens: [found.token] },
      };
    }
    if (command instanceof CreateEmailIdentityCommand) {
      const { EmailIdentity: name = '', Tags = [] } = command.input;
      if (stored.has(name)) throw new AlreadyExistsException(metadata);
      stored.set(name, { Tags, token: `token${(made += 1)}`, status: 'PENDING' });
    }
    if (command instanceof DeleteEmailIdentityCommand && !stored.delete(command.input.EmailIdentity ?? ''))
      throw new NotFoundException(metadata);
    return {};
  };
  const client: Pick<SESv2Client, 'send'> = { send: async (command: unknown) => answer(command) };
  const set = (status: Stored['status']) => {
    for (const each of stored.values()) each.status = status;
  };
  return { stored, set, ...sesIdentities(client) };
}

test('an identity is made once, with its records, and tells its state', async () => {
  const { ensure, set } = memorySes();
  const dkim = [{ name: 'token1._domainkey.a.example', value: 'token1.dkim.amazonses.com' }];
  expect(await ensure('a.example', 'dom_1', true)).toEqual({ status: 'pending', dkim });
  set('SUCCESS');
  expect(await ensure('a.example', 'dom_1', true)).toEqual({ status: 'verified', dkim });
});

test('a failed one is made again only on demand', async () => {
  const { ensure, set } = memorySes();
  await ensure('a.example', 'dom_1', false);
  set('FAILED');
  expect((await ensure('a.example', 'dom_1', false)).status).toBe('failed');
  expect(await ensure('a.example', 'dom_1', true)).toMatchObject({
    status: 'pending',
    dkim: [{ value: 'token2.dkim.amazonses.com' }],
  });
});

test('another owner of the domain gets other keys, and the former one removes nothing', async () => {
  const { ensure, remove, stored } = memorySes();
  await ensure('a.example', 'dom_1', false);
  expect((await ensure('a.example', 'dom_2', false)).dkim[0]?.value).toBe('token2.dkim.amazonses.com');
  await remove('a.example', 'dom_1');
  expect(stored.size).toBe(1);
  await remove('a.example', 'dom_2');
  await remove('a.example', 'dom_2');
  expect(stored.size).toBe(0);
});

test("the operator's own identity is used and never removed", async () => {
  const { ensure, remove, stored } = memorySes();
  stored.set('example.com', { Tags: [], token: 'own', status: 'FAILED' });
  expect((await ensure('example.com', 'dom_1', true)).dkim[0]?.value).toBe('own.dkim.amazonses.com');
  await remove('example.com', 'dom_1');
  expect(stored.size).toBe(1);
});
