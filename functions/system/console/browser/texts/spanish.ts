import { account } from './spanish/account.ts';
import { audit } from './spanish/audit.ts';
import { calls } from './spanish/calls.ts';
import { carriers } from './spanish/carriers.ts';
import { customers } from './spanish/customers.ts';
import { kit } from './spanish/kit.ts';
import { messages } from './spanish/messages.ts';
import { money } from './spanish/money.ts';
import { organization } from './spanish/organization.ts';
import { overview } from './spanish/overview.ts';
import { ownCalls } from './spanish/own-calls.ts';
import { people } from './spanish/people.ts';
import { phone } from './spanish/phone.ts';
import { phones } from './spanish/phones.ts';
import { pricelists } from './spanish/pricelists.ts';
import { problems } from './spanish/problems.ts';
import { resources } from './spanish/resources.ts';
import { routing } from './spanish/routing.ts';
import { settings } from './spanish/settings.ts';
import { firstSteps } from './spanish/steps.ts';
import { words } from './spanish/words.ts';
import type { Text } from './texts.ts';

/** Every text of the console in Spanish, by its English. */
export const spanish: Record<Text, string> = {
  ...account,
  ...audit,
  ...calls,
  ...carriers,
  ...customers,
  ...kit,
  ...messages,
  ...money,
  ...organization,
  ...overview,
  ...ownCalls,
  ...people,
  ...phone,
  ...phones,
  ...pricelists,
  ...problems,
  ...resources,
  ...routing,
  ...settings,
  ...firstSteps,
  ...words,
};
