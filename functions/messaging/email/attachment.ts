import * as z from 'zod';
import { AppError } from '#errors.ts';
import { IdInUrl, text } from '#schema/values.ts';
import { emailErrors } from './errors.ts';

/** Attachments of e-mails (functions/messaging/README.md, "Send an e-mail"). */

export const maxAttachments = 10;
/** Bytes of the attachments of an e-mail together, and of those in the request. */
const maxBytes = 10_000_000;
const maxInlineBytes = 3_000_000;

/**
 * Extensions of files that run on the reader's computer: SES rejects e-mails with them (SES Developer Guide,
 * "Unsupported attachment types").
 */
const forbiddenExtensions: ReadonlySet<string> = new Set(
  [
    'ade adp app asp bas bat cer chm cmd com cpl crt csh der exe fxp gadget hlp hta inf ins isp its js jse',
    'ksh lib lnk mad maf mag mam maq mar mas mat mau mav maw mda mdb mde mdt mdw mdz msc msh msh1 msh2 mshxml',
    'msh1xml msh2xml msi msp mst ops pcd pif plg prf prg ps1 ps1xml ps2 ps2xml psc1 psc2 reg scf scr sct shb',
    'shs sys tmp url vb vbe vbs vps vsmacros vss vst vsw vxd ws wsc wsf wsh xnk',
  ].flatMap((words) => words.split(' ')),
);

/** `type/subtype` (RFC 6838 §4.2), without parameters. */
const mediaType = /^[a-z0-9][a-z0-9!#$&^_.+-]{0,126}\/[a-z0-9][a-z0-9!#$&^_.+-]{0,126}$/;
/** Types that would be parts of the message itself, or programs. */
const forbiddenTypes =
  /^(?:multipart|message)\/|^(?:application|text)\/(?:(?:x-)?(?:java|ecma)script|x-msdownload|x-sh|hta)$/;

// RFC 4648 §4, with padding and without line ends.
const base64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

const invalidAttachment = { params: emailErrors.INVALID_ATTACHMENT };

export const Attachment = z
  .object({
    file_id: IdInUrl.optional().describe(
      'A ready file of the kind `attachment` that the caller may read; without the other fields',
    ),
    filename: text(255, 1)
      .refine((name) => !/[/\\]/.test(name), { message: 'must be a name without a path', ...invalidAttachment })
      .refine((name) => !forbiddenExtensions.has(name.toLowerCase().split('.').at(-1) ?? ''), {
        message: 'has an extension that providers of e-mail reject',
        ...invalidAttachment,
      })
      .optional()
      .describe(
        'Name of the file, without a path; with `content`. SES rejects some extensions, such as `.exe` and `.js`',
      ),
    content: z
      .string()
      .refine((content) => base64.test(content), { message: 'must be base64', ...invalidAttachment })
      .optional()
      .describe('Content in base64 with padding, without line ends (RFC 4648 §4); all together up to 3,000,000 bytes'),
    content_type: z
      .string()
      .toLowerCase()
      .refine((type) => mediaType.test(type) && !forbiddenTypes.test(type), {
        message: 'must be a media type such as application/pdf, not of a program or an e-mail',
        ...invalidAttachment,
      })
      .optional()
      .describe(
        'Media type of the content; default `application/octet-stream`. Parts of e-mails and programs are rejected',
      ),
  })
  .refine(({ file_id: file, content, filename }) => (file === undefined) !== (content === undefined && !filename), {
    message: 'must have either file_id, or filename and content',
    ...invalidAttachment,
  })
  .refine(({ content, filename }) => (content === undefined) === (filename === undefined), {
    message: 'must have both filename and content',
    ...invalidAttachment,
  });
export type Attachment = z.output<typeof Attachment>;

/** Bytes of a text in base64. */
const decodedLength = (content: string): number => Buffer.byteLength(content, 'base64');

const tooLarge = (path: string, limit: number): AppError => {
  const message = `must have at most ${limit.toLocaleString('en')} bytes together`;
  return new AppError(emailErrors.ATTACHMENT_TOO_LARGE, `${path} ${message}`, { details: [{ path, message }] });
};

type AttachableFile = { readonly kind: string; readonly content: { readonly size: number } };

/** A file that may be attached. @param path of the field. @throws AppError INVALID_ATTACHMENT */
export function assertAttachable<F extends AttachableFile>(file: F | undefined, path: string): F {
  if (file?.kind === 'attachment') return file;
  const message = file === undefined ? 'is no file that is ready' : 'is no file of the kind attachment';
  throw new AppError(emailErrors.INVALID_ATTACHMENT, `${path} ${message}`, { details: [{ path, message }] });
}

/** @param files by their ids. @throws AppError ATTACHMENT_TOO_LARGE */
export function assertSizes(attachments: readonly Attachment[], files: ReadonlyMap<string, AttachableFile>): void {
  const inline = attachments.reduce((sum, { content = '' }) => sum + decodedLength(content), 0);
  if (inline > maxInlineBytes) throw tooLarge('attachments', maxInlineBytes);
  const ofFiles = attachments.map(({ file_id: id = '' }) => files.get(id)?.content.size ?? 0);
  if (ofFiles.reduce((sum, size) => sum + size, inline) > maxBytes) throw tooLarge('attachments', maxBytes);
}
