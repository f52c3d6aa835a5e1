/**
 * A dialed string as the dial plan takes it. A number has one `+`, before its digits: what has another one, or one
 * after digits, is two numbers, of which a policy may allow the first one, and a carrier connect the other one.
 */
export const dialable = /^(?![0-9+]*[0-9+]\+)(?![0-9*#+]*\+[0-9*#+]*\+)[0-9A-Za-z*#+._@-]{1,64}$/;
