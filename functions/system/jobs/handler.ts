import { handlerOfParts, type Part } from '#queue/parts.ts';
import { passwordResetEmails } from '../../accounts/password-reset-emails/contract.ts';
import { handler as passwordResetEmailsHandler } from '../../accounts/password-reset-emails/handler.ts';
import { cdrExports } from '../../billing/cdr-exports/contract.ts';
import { handler as cdrExportsHandler } from '../../billing/cdr-exports/handler.ts';
import { cdrTasks } from '../../billing/cdr-tasks/contract.ts';
import { handler as cdrTasksHandler } from '../../billing/cdr-tasks/handler.ts';
import { periodClose } from '../../billing/period-close/contract.ts';
import { handler as periodCloseHandler } from '../../billing/period-close/handler.ts';
import { phoneExpiries } from '../../calls/phone-expiries/contract.ts';
import { handler as phoneExpiriesHandler } from '../../calls/phone-expiries/handler.ts';
import { traceExpiries } from '../../calls/trace-expiries/contract.ts';
import { handler as traceExpiriesHandler } from '../../calls/trace-expiries/handler.ts';
import { smsLogSearch } from '../../messaging/sms-log-search/contract.ts';
import { handler as smsLogSearchHandler } from '../../messaging/sms-log-search/handler.ts';
import { numberReleases } from '../../telephony/number-releases/contract.ts';
import { handler as numberReleasesHandler } from '../../telephony/number-releases/handler.ts';
import { erasures } from '../erasures/contract.ts';
import { handler as erasuresHandler } from '../erasures/handler.ts';
import { holdCounts } from '../hold-counts/contract.ts';
import { handler as holdCountsHandler } from '../hold-counts/handler.ts';
import { purgeJobs } from '../purge-jobs/contract.ts';
import { handler as purgeJobsHandler } from '../purge-jobs/handler.ts';
import { archiveSealing } from '../archive-sealing/contract.ts';
import { handler as archiveSealingHandler } from '../archive-sealing/handler.ts';

/** Those that share the queue. */
export const parts: readonly Part[] = [
  { contract: archiveSealing, handler: archiveSealingHandler },
  { contract: cdrExports, handler: cdrExportsHandler },
  { contract: cdrTasks, handler: cdrTasksHandler },
  { contract: periodClose, handler: periodCloseHandler },
  { contract: passwordResetEmails, handler: passwordResetEmailsHandler },
  { contract: phoneExpiries, handler: phoneExpiriesHandler },
  { contract: traceExpiries, handler: traceExpiriesHandler },
  { contract: smsLogSearch, handler: smsLogSearchHandler },
  { contract: numberReleases, handler: numberReleasesHandler },
  { contract: erasures, handler: erasuresHandler },
  { contract: purgeJobs, handler: purgeJobsHandler },
  { contract: holdCounts, handler: holdCountsHandler },
];

export const handler = handlerOfParts(parts);
