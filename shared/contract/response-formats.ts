/**
 * The documents whose forms the platform answers in (auth.md, "Success bodies"): new endpoints and seed
 * 001 (`standard`), seed 004 (`dialplan`), seed 000 (`reference`), seed 002 (`voipbin`). A contract names
 * its face; `shared/http/faces/` has one file for each; no handler knows of them.
 */
export const responseFormatNames = ['standard', 'dialplan', 'reference', 'voipbin'] as const;
export type ResponseFormatName = (typeof responseFormatNames)[number];
