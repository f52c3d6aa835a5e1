import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { AwsCall } from './aws-call.ts';
import { identityOwners, openEmailService } from './email-identities.ts';
import { compilePolicy, decide } from './policy.ts';
import { requestsOf, resourceNames } from './requests.ts';

/** SES of a new data directory. */
function emailService() {
  const dataDir = mkdtempSync(join(tmpdir(), 'trunkline-ses-'));
  onTestFinished(() => rmSync(dataDir, { recursive: true }));
  const service = openEmailService(dataDir, { hasSet: () => false, report: () => undefined });
  const headers = { authorization: 'AWS4-HMAC-SHA256 Credential=A/20261120/us-east-1/ses/aws4_request' };
  const names = resourceNames([], identityOwners(dataDir));
  const policy = compilePolicy('f', [
    {
      Effect: 'Allow',
      Action: 'ses:DeleteEmailIdentity',
      Resource: 'arn:aws:ses:us-east-1:000000000000:identity/*',
      Condition: { Null: { 'aws:ResourceTag/trunkline:domain': 'false' } },
    },
  ]);
  const callOf = (method: string, path: string, body?: object): AwsCall => {
    const content = Buffer.from(body === undefined ? '' : JSON.stringify(body));
    return new AwsCall(headers, content, { method, url: `/v2/email/identities${path}` });
  };
  const mayDelete = (name: string): boolean =>
    requestsOf(callOf('DELETE', `/${name}`), names).every(
      (request) => decide([policy], request, { kind: 'AWS', name: 'f' }) === 'allowed',
    );
  const ask = async (method: string, path: string, body?: object) => {
    const call = callOf(method, path, body);
    const { status, body: answer } = await service(call);
    return { operation: call.operation, status, answer: JSON.parse(String(answer)) as object };
  };
  return { ask, mayDelete };
}

test('an identity is made once, read without a body, and deleted', async () => {
  const { ask } = emailService();
  const Tags = [{ Key: 'trunkline:domain', Value: 'dom_1' }];
  expect(await ask('GET', '/a.example')).toMatchObject({ operation: 'GetEmailIdentity', status: 404 });
  const make = () => ask('POST', '', { EmailIdentity: 'a.example', Tags });
  expect(await make()).toMatchObject({ operation: 'CreateEmailIdentity', status: 200 });
  expect((await make()).status).toBe(400);
  expect(await ask('GET', '/a.example')).toMatchObject({
    status: 200,
    answer: { VerifiedForSendingStatus: true, Tags, DkimAttributes: { Status: 'SUCCESS' } },
  });
  expect(await ask('DELETE', '/a.example')).toMatchObject({ operation: 'DeleteEmailIdentity', status: 200 });
  expect((await ask('GET', '/a.example')).status).toBe(404);
});

test('a function may only delete identities with the tag of the platform', async () => {
  const { ask, mayDelete } = emailService();
  await ask('POST', '', { EmailIdentity: 'a.example', Tags: [{ Key: 'trunkline:domain', Value: 'dom_1' }] });
  await ask('POST', '', { EmailIdentity: 'b.example', Tags: [{ Key: 'team', Value: 'mail' }] });
  await ask('POST', '', { EmailIdentity: 'c.example' });
  expect(['a.example', 'b.example', 'c.example', 'none.example'].map(mayDelete)).toEqual([true, false, false, false]);
});
