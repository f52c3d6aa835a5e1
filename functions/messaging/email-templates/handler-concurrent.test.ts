import { expect, test } from 'vitest';
import { functionsOf } from '#test/support/functions.fixture.ts';
import { type Body, outcome, texts } from '#test/system/tenant.fixture.ts';
import { emailTemplates } from './contract.ts';
import { emailTemplatesHandler } from './handler.ts';

const functions = functionsOf([emailTemplates, emailTemplatesHandler]);

/** E-mail templates over HTTP. */

const letter = (more: Body = {}): Body => ({
  name: 'letter',
  subject: 'Order {{order.number}}',
  html: '<p>Dear {{customer}}</p>{{#each order.items}}<li>{{this}}</li>{{/each}}<a href="{{url}}">Track</a>',
  ...more,
});

test('of templates of one name that are created at once, one exists', async () => {
  const { ask } = await functions.newTenant();
  const answers = await Promise.all(Array.from({ length: 8 }, () => ask('PUT', '/emailtemplates/new', letter())));
  expect(answers.filter(({ status }) => status === 201)).toHaveLength(1);
  expect(new Set(answers.map(outcome))).toEqual(new Set(['201', '409 TEMPLATE_NAME_EXISTS']));
  expect((await ask('GET', '/emailtemplates?q=letter')).body).toMatchObject({ total: 1 });
});

test('replacements at once are versions one after the other', async () => {
  const { ask } = await functions.newTenant();
  await ask('PUT', '/emailtemplates/new', letter());
  const subjects = ['a', 'b', 'c', 'd', 'e'];
  const answers = await Promise.all(
    subjects.map((subject) => ask('PUT', '/emailtemplates/letter', letter({ subject }))),
  );
  expect(answers.map((answer) => Number(texts(answer)['version'])).toSorted()).toEqual([2, 3, 4, 5, 6]);
  const last = answers.find((answer) => String(texts(answer)['version']) === '6');
  expect((await ask('GET', '/emailtemplates/letter')).body).toMatchObject({
    data: { subject: last && texts(last)['subject'] },
  });
});
