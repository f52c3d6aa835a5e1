import { account } from './french/account.ts';
import { audit } from './french/audit.ts';
import { calls } from './french/calls.ts';
import { carriers } from './french/carriers.ts';
import { customers } from './french/customers.ts';
import { kit } from './french/kit.ts';
import { messages } from './french/messages.ts';
import { money } from './french/money.ts';
import { organization } from './french/organization.ts';
import { overview } from './french/overview.ts';
import { ownCalls } from './french/own-calls.ts';
import { people } from './french/people.ts';
import { phone } from './french/phone.ts';
import { phones } from './french/phones.ts';
import { pricelists } from './french/pricelists.ts';
import { problems } from './french/problems.ts';
import { resources } from './french/resources.ts';
import { routing } from './french/routing.ts';
import { settings } from './french/settings.ts';
import { firstSteps } from './french/steps.ts';
import { words } from './french/words.ts';
import type { Text } from './texts.ts';

/** Every text of the console in French, by its English. */
export const french: Record<Text, string> = {
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
