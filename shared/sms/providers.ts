import { eumProvider } from './eum.ts';
import type { SmsProvider } from './provider.ts';
import { snsProvider } from './sns.ts';

/** The provider that the deployment chose (`SMS_PROVIDER`): AWS End User Messaging by default. */
export const smsProviderFromEnvironment = (
  environment: Readonly<Record<string, string | undefined>> = process.env,
): SmsProvider => (environment['SMS_PROVIDER'] === 'sns' ? snsProvider() : eumProvider(environment));
