import { expect, test } from 'vitest';
import { domainOf } from '#test/support/resources.fixture.ts';
import { testStore } from '#test/support/store.fixture.ts';
import type { Domain } from '../../schema/domain.ts';
import { commit } from '../commit.ts';
import { tableFor } from '../table.ts';
import { create } from '../write.ts';
import { domainNameRow, domainRow, senderDomainOf } from './domain.ts';

const running = testStore();

const domainIn = (org_id: number, domain: string, more: Partial<Domain> = {}): Domain =>
  domainOf({ id: `dom_${domain}`, org_id, domain, ...more });

async function store(domain: Domain): Promise<void> {
  const { id, domain: host, org_id, status } = domain;
  const claim = { host, org_id, domain_id: id };
  await commit(running.store, org_id, [
    create(domainRow, domain),
    create(domainNameRow, { ...claim, claim: org_id }),
    ...(status === 'active' ? [create(domainNameRow, { ...claim, claim: 'active' as const })] : []),
  ]);
}

const senderOf = async (organization: number, address: string): Promise<string | undefined> =>
  (await senderDomainOf(tableFor<'domain' | 'domain-name'>(running.store, organization), address))?.domain;

test('an address is sent by its own domain or the nearest one above it', async () => {
  await store(domainIn(1_001, 'one.example'));
  await store(domainIn(1_001, 'eu.one.example'));
  expect(await senderOf(1_001, 'a@One.Example')).toBe('one.example');
  expect(await senderOf(1_001, 'a@mail.eu.one.example')).toBe('eu.one.example');
  expect(await senderOf(1_001, 'a@us.one.example')).toBe('one.example');
  expect(await senderOf(1_001, 'a@notone.example')).toBeUndefined();
  expect(await senderOf(1_001, 'nobody')).toBeUndefined();
});

test('a domain without a verified identity sends nothing, the one above it does', async () => {
  await store(domainIn(1_002, 'two.example'));
  await store(domainIn(1_002, 'new.two.example', { email_status: 'pending' }));
  await store(domainIn(1_002, 'off.two.example', { status: 'inactive' }));
  expect(await senderOf(1_002, 'a@new.two.example')).toBe('two.example');
  expect(await senderOf(1_002, 'a@off.two.example')).toBe('two.example');
});

test('the domain of another organization sends nothing', async () => {
  await store(domainIn(1_003, 'three.example'));
  expect(await senderOf(1_004, 'a@three.example')).toBeUndefined();
});
