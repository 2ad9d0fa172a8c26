/**
 * Characters that turn the text after them round, or hide: with them `exe.gpj` reads `jpg.exe`. What others have written shows them
 * instead of obeying them.
 */
const turning = /[\u202A-\u202E\u2066-\u2069\u200E\u200F\u061C]/g;

export const plain = (text: string): string => text.replace(turning, (character) => `[U+${character.charCodeAt(0).toString(16).toUpperCase().padStart(4, '0')}]`);
