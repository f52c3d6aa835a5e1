import type { FunctionContract } from '../../shared/contract/resource.ts';
import { emails } from './email/contract.ts';
import { emailDelivery } from './email-delivery/contract.ts';
import { noticeAddresses } from './notice-addresses/contract.ts';

/** E-mail. */
export const messagingContracts: readonly FunctionContract[] = [emails, emailDelivery, noticeAddresses];
