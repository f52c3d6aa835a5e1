import type { FunctionContract } from '#contract/resource.ts';
import { accessKeys } from './access-keys/contract.ts';
import { auth } from './auth/contract.ts';
import { branding } from './branding/contract.ts';
import { clientAccess } from './client-access/contract.ts';
import { directory } from './directory/contract.ts';
import { domains } from './domains/contract.ts';
import { foreignIds } from './foreign-ids/contract.ts';
import { groups } from './groups/contract.ts';
import { keySets } from './jwks/contract.ts';
import { organizationIps } from './organization-ips/contract.ts';
import { organizations } from './organizations/contract.ts';
import { passwordResets } from './password-resets/contract.ts';
import { permissions } from './permissions/contract.ts';
import { signingKeyRotation } from './signing-key-rotation/contract.ts';
import { singleSignOn } from './single-sign-on/contract.ts';
import { subscriptions } from './subscriptions/contract.ts';
import { temporaryTokens } from './temporary-tokens/contract.ts';
import { twoFactor } from './two-factor/contract.ts';
import { users } from './users/contract.ts';
import { accountsConsumers } from './consumers.ts';

/** Organizations, users, rights and log-in. */
export const accountsContracts: readonly FunctionContract[] = [
  accessKeys,
  auth,
  branding,
  clientAccess,
  directory,
  domains,
  foreignIds,
  groups,
  keySets,
  organizationIps,
  organizations,
  passwordResets,
  permissions,
  signingKeyRotation,
  singleSignOn,
  subscriptions,
  temporaryTokens,
  twoFactor,
  users,
  ...accountsConsumers,
];
