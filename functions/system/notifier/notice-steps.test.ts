import { expect, test } from 'vitest';
import { testStore } from '#test/support/store.fixture.ts';
import { commit } from '#dynamodb/commit.ts';
import { create } from '#dynamodb/write.ts';
import {
  emailTemplateNameRow,
  emailTemplateRow,
  emailTemplateVersionRow,
  versionOf,
} from '#dynamodb/rows/email-template.ts';
import { organizationWith, ruleOf } from './notifier.fixture.ts';

const running = testStore();

const at = '2026-11-20T10:00:00.000Z';
const template = {
  ...{ id: 'etpl_1', name: 'missed', description: null, from: null, from_name: null, version: 1 },
  ...{ subject: 'Call of {{caller_id}}', html: '<p>From {{caller_id}}</p>', text: null, variables: [] },
  ...{ created_at: at, updated_at: at },
};

test('a rule may name an e-mail template of the organization, whose text the other channels have', async () => {
  const rules = [
    ruleOf({ template: 'missed', channels: ['email', 'sms'], recipients: ['ann@example.com', '+14155551234'] }),
  ];
  const { organization, happen, emails, sent } = await organizationWith(running.store, { rules });
  await happen();
  await commit(running.store, organization, [
    create(emailTemplateRow, template),
    create(emailTemplateVersionRow, versionOf(template)),
    create(emailTemplateNameRow, template),
  ]);
  await happen();
  expect((await sent()).map(({ data }) => data['text'])).toEqual(['missed', 'From +14155550100\n'.trim()]);
  const [plain, own] = await emails();
  expect(plain).toMatchObject({ subject: 'Notice of your telephone system', variables: { text: 'missed' } });
  expect(own).toMatchObject({
    ...{ template: 'notifier_notice', cause: 'notice', subject: 'Call of +14155550100' },
    ...{ html: '<p>From +14155550100</p>', text: 'From +14155550100' },
  });
});

test('each e-mail and each notice names its cause, so that its events start no rule', async () => {
  const { happen, allEvents } = await organizationWith(running.store, { rules: [ruleOf({ trigger: '*' })] });
  await happen();
  const caused = (await allEvents()).filter(({ type }) => type !== 'call.missed');
  expect(caused.map(({ type, cause }) => [type, cause])).toEqual([
    ['notifier.notice', 'notice'],
    ['email.queued', 'notice'],
  ]);
});
