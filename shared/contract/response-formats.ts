/**
 * The forms of answers (shared/http/README.md, "Response formats"). A contract names its format, and
 * `shared/http/answers/formats.ts` renders them. No handler depends on the format.
 */
export const responseFormatNames = ['standard', 'dialplan', 'reference', 'voipbin', 'bare'] as const;
export type ResponseFormatName = (typeof responseFormatNames)[number];
