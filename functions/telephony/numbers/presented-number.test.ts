import { expect, test } from 'vitest';
import { money } from '#schema/money.ts';
import { omit } from '#schema/omit.ts';
import { assignNumber, newInventoryNumber } from './number.ts';
import { ChannelUse, HeldNumber, Offer, presentChannels, presentHeld, presentOffer } from './presented-number.ts';

const now = '2026-11-20T10:00:00.000Z';
const available = newInventoryNumber(
  { country: 'SE', type: 'geographic', capabilities: ['voice', 'sms'], monthly_fee: money(2_500_000n) },
  { id: 'num_1', number: '+46890510', now },
);
const held = assignNumber(
  available,
  { capabilities: ['voice'], label: 'Sales', max_channels: 5 },
  { organization: 1_001, now },
);

test('an offer has what the number can do and costs, and nothing of a holder', () => {
  expect(presentOffer(available, 'EUR')).toEqual({
    id: 'num_1',
    number: '+46890510',
    country: 'SE',
    type: 'geographic',
    state: 'available',
    capabilities: ['voice', 'sms'],
    monthly_fee: 2.5,
    fee_currency: 'EUR',
  });
  expect(Offer.safeParse(presentOffer(available, null)).success).toBe(true);
});

test('a held number has what its holder uses, and no internal fields', () => {
  const beside = { organization: 1_001, currency: 'EUR' };
  const presented = presentHeld(held, beside);
  expect(presented).toMatchObject({
    organization_id: 'org_1001',
    capabilities: ['voice'],
    monthly_fee: 2.5,
    fee_currency: 'EUR',
  });
  expect(['org_id', 'offered', 'version', 'max_inbound'].filter((key) => key in presented)).toEqual([]);
  expect(HeldNumber.safeParse(presented).success).toBe(true);
  // Numbers that were stored before calls to them could be recorded have no such field.
  expect([presented.record, presentHeld(omit(held, 'record'), beside).record]).toEqual([false, false]);
});

test('channels have their limits, and those in use', () => {
  const channels = presentChannels(held, { inbound: 1, outbound: 2, total: 3 });
  expect(channels).toMatchObject({ max_channels: 5, max_inbound: null, in_use: { inbound: 1, total: 3 } });
  expect(ChannelUse.safeParse(channels).success).toBe(true);
});
