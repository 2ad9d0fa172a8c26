export const file: string;

export function generate(url: string): Promise<string>;
