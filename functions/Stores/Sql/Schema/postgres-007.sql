-- Version 7: market data.

create table market_sectors (
  code text collate "C" primary key,
  name text not null
);

create table market_stocks (
  code text collate "C" primary key,
  name text not null,
  sector text collate "C" not null                       -- code of market_sectors
);
create index market_stocks_sector on market_stocks (sector, code);

create table market_prices (
  code text collate "C" not null,                        -- of market_stocks
  day text collate "C" not null,                         -- yyyy-MM-dd
  open double precision not null,
  high double precision not null,
  low double precision not null,
  close double precision not null,
  volume bigint not null,
  primary key (code, day)
);
