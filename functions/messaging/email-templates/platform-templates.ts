import { accountLocked } from './platform-templates/account-locked.ts';
import { addressConfirmation } from './platform-templates/address-confirmation.ts';
import { balanceLow } from './platform-templates/balance-low.ts';
import { notifierNotice } from './platform-templates/notifier-notice.ts';
import { passwordReset } from './platform-templates/password-reset.ts';
import type { PlatformTemplate } from './platform-templates/platform-template.ts';
import { policyCallLog } from './platform-templates/policy-call-log.ts';
import { voicemailNotification } from './platform-templates/voicemail-notification.ts';
import { webhookDisabled } from './platform-templates/webhook-disabled.ts';
import { welcomeEmail } from './platform-templates/welcome-email.ts';

/** The templates of the platform by number (functions/messaging/README.md, "Templates of the platform"). */
export const platformTemplates: readonly PlatformTemplate[] = [
  welcomeEmail,
  passwordReset,
  accountLocked,
  voicemailNotification,
  webhookDisabled,
  balanceLow,
  policyCallLog,
  addressConfirmation,
  notifierNotice,
];

/** @param idOrName id or name */
export const platformTemplateOf = (idOrName: string): PlatformTemplate | undefined =>
  platformTemplates.find(({ id, name }) => id === idOrName || name === idOrName);
