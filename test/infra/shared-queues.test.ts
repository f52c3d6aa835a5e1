import { expect, test } from 'vitest';
import { contracts } from '#functions/contracts.ts';
import { parts as consequences } from '#functions/system/consequences/handler.ts';
import { parts as jobs } from '#functions/system/jobs/handler.ts';
import { parts as uploads } from '#functions/system/uploads/handler.ts';

const handled = { consequences, jobs, uploads };
const declared = contracts.flatMap((contract) =>
  contract.kind === 'consumer' && contract.parts !== undefined
    ? [[contract.name, contract.parts.map(({ name }) => name).toSorted()] as const]
    : [],
);

test('the handler of a shared queue has a handler for each consumer that names it', () => {
  const names = Object.entries(handled).map(
    ([name, parts]) => [name, parts.map(({ contract }) => contract.name).toSorted()] as const,
  );
  expect(Object.fromEntries(names)).toEqual(Object.fromEntries(declared));
});

// Their messages are many, or someone waits for them: each has a queue of its own.
test.each([
  'cdr-backlog',
  'cdr-ingest',
  'cdr-wholesale',
  'email-delivery',
  'event-sealer',
  'sms-delivery',
  'webhook-delivery',
])('%s shares its queue with no other', (name) => {
  expect(contracts.find((contract) => contract.name === name)).not.toHaveProperty('parts');
});
