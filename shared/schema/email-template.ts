/** E-mail templates of organizations (functions/messaging/README.md, "Templates"), as they are stored. */

/** A variable that a template declares: what it is by default, and whether it must be given. */
export type Variable = {
  /** Path of the value, such as `customer.name`. */
  readonly name: string;
  readonly required: boolean;
  readonly default?: string | number | boolean | undefined;
};

export type TemplateParts = {
  readonly subject: string;
  readonly html: string;
  /** Null: made from the HTML. */
  readonly text: string | null;
  readonly variables: readonly Variable[];
};

/** What a list shows of a template. */
export type TemplateHead = {
  readonly id: string;
  readonly name: string;
  /** 1 at first, one more with each replacement. */
  readonly version: number;
  readonly subject: string;
  readonly description: string | null;
  /** Sender; null: the default of the organization. */
  readonly from: string | null;
  readonly from_name: string | null;
  /** ISO 8601 UTC. */
  readonly created_at: string;
  /** ISO 8601 UTC. */
  readonly updated_at: string;
};

export type EmailTemplate = TemplateHead & TemplateParts;

/** A template of an organization, or (null) of the platform. */
export type OwnedTemplate = EmailTemplate & { readonly organization_id: number | null };

/** Of names; ids of templates have capital letters or only digits, so that nothing is both. */
export const templateName = /^[a-z][a-z0-9_-]{0,63}$/;
