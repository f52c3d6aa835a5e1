import * as z from 'zod';
import { decimalNumber, money, moneyFromStore } from '#schema/money.ts';
import { omit } from '#schema/omit.ts';
import { Id, organizationText, Timestamp } from '#schema/values.ts';
import type { PhoneNumber } from '#telephony/phone-number.ts';
import { numberStates, numberTypes, routeTypes } from './number.ts';

/** Numbers as answered. */

const id = Id('num').describe('Id of the number');
const number = z.string().describe('The number (E.164)');
const country = z.string().describe('Country (ISO 3166-1 alpha-2)');
const type = z.enum(numberTypes).describe('Type of the number');
const fees = {
  monthly_fee: z.number().describe('Monthly fee in the currency of the operator'),
  fee_currency: z.string().nullable().describe('Currency of the operator (ISO 4217); null: it has none yet'),
} as const;
const limit = z.number().int().nullable();

/** What everyone sees of an available number. */
export const Offer = z
  .object({
    id,
    number,
    country,
    type,
    state: z.literal('available').describe('Always `available`'),
    capabilities: z.array(z.string()).describe('What the number can do'),
    ...fees,
  })
  .meta({ id: 'NumberOffer' });

/** A number as its holder sees it. */
export const HeldNumber = z
  .object({
    id,
    number,
    organization_id: z.string().describe('The holder, such as `org_1001`'),
    country,
    type,
    state: z.enum(numberStates).describe('State of the number'),
    capabilities: z.array(z.string()).describe('What the holder uses it for'),
    label: z.string().nullable().describe('Text of the holder'),
    route: z
      .object({
        type: z.enum(routeTypes).describe('Type of the target'),
        id: z.string().describe('Id of the target'),
      })
      .nullable()
      .describe('Target of inbound calls; null: none'),
    record: z.boolean().describe('Whether calls to the number are recorded'),
    max_channels: limit.describe('Maximum number of simultaneous calls; null: the limit of the organization'),
    ...fees,
    activated_at: Timestamp.nullable().describe('Time of activation'),
    released_at: Timestamp.nullable().describe('Time of release'),
    quarantine_until: Timestamp.nullable().describe('End of the quarantine after a release'),
    created_at: Timestamp.describe('Time of creation'),
    updated_at: Timestamp.describe('Time of the last change'),
  })
  .meta({ id: 'PhoneNumber' });

export const ChannelUse = z
  .object({
    number_id: z.string().describe('Id of the number'),
    number,
    max_channels: limit.describe('Maximum number of simultaneous calls; null: the limit of the organization'),
    max_inbound: limit.describe('Maximum number of simultaneous inbound calls; null: `max_channels`'),
    max_outbound: limit.describe('Maximum number of simultaneous outbound calls that present it; null: `max_channels`'),
    in_use: z
      .object({
        inbound: z.number().int().describe('Inbound calls'),
        outbound: z.number().int().describe('Outbound calls'),
        total: z.number().int().describe('All calls'),
      })
      .describe('Calls in progress'),
  })
  .meta({ id: 'NumberChannels' });

/** @param currency of the operator */
const presentFee = ({ monthly_fee: micros }: PhoneNumber, currency: string | null) => ({
  monthly_fee: decimalNumber(money(moneyFromStore(micros))),
  fee_currency: currency,
});

/** An available number as answered. @param currency of the operator */
export const presentOffer = (available: PhoneNumber, currency: string | null): z.input<typeof Offer> => ({
  id: available.id,
  number: available.number,
  country: available.country,
  type: available.type,
  state: 'available',
  capabilities: [...available.offered],
  ...presentFee(available, currency),
});

/** What is beside a number in its answer. */
type Beside = { readonly organization: number; /** Of the operator. */ readonly currency: string | null };

/** A number as its holder sees it. */
export const presentHeld = (held: PhoneNumber, { organization, currency }: Beside): z.input<typeof HeldNumber> => ({
  ...omit(held, 'org_id', 'offered', 'max_inbound', 'max_outbound', 'version'),
  capabilities: [...held.capabilities],
  record: held.record ?? false,
  organization_id: organizationText(organization),
  ...presentFee(held, currency),
});

type InUse = z.input<typeof ChannelUse>['in_use'];

/** Channel limits as answered, and the channels in use. */
export const presentChannels = (held: PhoneNumber, inUse: InUse): z.input<typeof ChannelUse> => ({
  number_id: held.id,
  number: held.number,
  max_channels: held.max_channels,
  max_inbound: held.max_inbound,
  max_outbound: held.max_outbound,
  in_use: inUse,
});
