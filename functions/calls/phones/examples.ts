/** Accepted bodies, by operation id. The OpenAPI document shows them; proofs and fuzzing start from them. */
export const examples = {
  createPhone: { allow_features: ['inbound', 'outbound', 'websocket'], type: 'dynamic', max_expire: 86_400 },
} as const;
