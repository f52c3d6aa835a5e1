import { expect, test } from 'vitest';
import { newTenant, outcome, texts, type Body, type Tenant } from './tenant.fixture.ts';

/** E-mail templates over HTTP. */

const letter = (more: Body = {}): Body => ({
  name: 'letter',
  subject: 'Order {{order.number}}',
  html: '<p>Dear {{customer}}</p>{{#each order.items}}<li>{{this}}</li>{{/each}}<a href="{{url}}">Track</a>',
  ...more,
});

const previewOf = async ({ ask }: Tenant, id: string, variables: Body) =>
  ask('GET', `/emailtemplates/${id}?preview=${encodeURIComponent(JSON.stringify(variables))}`);

test('a template is created, previewed, replaced and deleted', async () => {
  const tenant = await newTenant();
  const { ask } = tenant;
  const made = await ask('PUT', '/emailtemplates/new', letter());
  expect([made.status, made.body]).toEqual([201, expect.objectContaining({ success: true })]);
  const { id = '' } = texts(made);
  const values = { customer: 'Ann & Bob', order: { number: 7, items: ['<pen>'] }, url: 'javascript:alert(1)' };
  const preview = { data: { preview: { subject: 'Order 7', text: expect.stringContaining('Dear Ann & Bob') } } };
  expect((await previewOf(tenant, id, values)).body).toMatchObject(preview);
  expect((await previewOf(tenant, 'letter', values)).body).toMatchObject({
    data: { preview: { html: '<p>Dear Ann &amp; Bob</p><li>&lt;pen&gt;</li><a href="#">Track</a>' } },
  });
  expect(outcome(await previewOf(tenant, id, { customer: 'Ann' }))).toBe('400 MISSING_REQUIRED_VARIABLE');
  expect((await ask('PUT', '/emailtemplates/letter', letter({ subject: 'Two' }))).body).toMatchObject({
    data: { id, version: 2, subject: 'Two' },
  });
  expect((await ask('DELETE', `/emailtemplates/${id}`)).status).toBe(200);
  expect(outcome(await ask('GET', '/emailtemplates/letter'))).toBe('404 NOT_FOUND');
});

test('of templates of one name that are created at once, one exists', async () => {
  const { ask } = await newTenant();
  const answers = await Promise.all(Array.from({ length: 8 }, () => ask('PUT', '/emailtemplates/new', letter())));
  expect(answers.filter(({ status }) => status === 201)).toHaveLength(1);
  expect(new Set(answers.map(outcome))).toEqual(new Set(['201', '409 TEMPLATE_NAME_EXISTS']));
  expect((await ask('GET', '/emailtemplates?q=letter')).body).toMatchObject({ total: 1 });
});

test('replacements at once are versions one after the other', async () => {
  const { ask } = await newTenant();
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
