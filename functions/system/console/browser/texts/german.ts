import { account } from './german/account.ts';
import { audit } from './german/audit.ts';
import { calls } from './german/calls.ts';
import { carriers } from './german/carriers.ts';
import { customers } from './german/customers.ts';
import { kit } from './german/kit.ts';
import { messages } from './german/messages.ts';
import { money } from './german/money.ts';
import { organization } from './german/organization.ts';
import { overview } from './german/overview.ts';
import { ownCalls } from './german/own-calls.ts';
import { people } from './german/people.ts';
import { phone } from './german/phone.ts';
import { phones } from './german/phones.ts';
import { pricelists } from './german/pricelists.ts';
import { problems } from './german/problems.ts';
import { resources } from './german/resources.ts';
import { routing } from './german/routing.ts';
import { settings } from './german/settings.ts';
import { firstSteps } from './german/steps.ts';
import { words } from './german/words.ts';

/** Every text of the console in German, by its English. */
export const german = {
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
} as const;
