/**
 * The forms of answers (shared/http/answers/README.md, "Response formats"). A contract names its format, and
 * `shared/http/answers/formats.ts` renders them. No handler depends on the format.
 */
export const responseFormatNames = ['standard', 'dialplan', 'reference', 'voipbin', 'bare'] as const;
export type ResponseFormatName = (typeof responseFormatNames)[number];

/** Figures of a page in data that has a list. Formats that answer all lists alike leave them out. */
export const listFigureNames = ['next_page_token', 'pagination', 'total', 'total_capped', 'limit', 'offset'] as const;
