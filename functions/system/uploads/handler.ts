import { handlerOfParts, type Part } from '#queue/parts.ts';
import { fileUploads } from '../../platform/file-uploads/contract.ts';
import { handler as fileUploadsHandler } from '../../platform/file-uploads/handler.ts';
import { voicemailUploads } from '../../messaging/voicemail-uploads/contract.ts';
import { handler as voicemailUploadsHandler } from '../../messaging/voicemail-uploads/handler.ts';

/** Those that share the queue. */
export const parts: readonly Part[] = [
  { contract: fileUploads, handler: fileUploadsHandler },
  { contract: voicemailUploads, handler: voicemailUploadsHandler },
];

export const handler = handlerOfParts(parts);
