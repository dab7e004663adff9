META
key;value
description;Budget participatif des Tilleuls
country;France
unit;Les Tilleuls
instance;2026
num_projects;6
num_votes;12
budget;10000
vote_type;approval
rule;equalshares/add1
date_begin;01.09.2026
date_end;30.09.2026
min_length;1
max_length;4
language;fr
currency;EUR
PROJECTS
project_id;cost;votes;name;category;selected
1;4000;7;Un four à pain au jardin;nature;1
2;3500;6;Ombre à l’arrêt de bus;rue;0
3;2400;5;"Bancs; et jeux ""pour tous""";nature;1
4;1500;4;Atelier de réparation;rue;1
5;1200.50;3;Ruches <b>partagées</b>;nature;1
6;6000;2;Terrain de boules;sport;0
VOTES
voter_id;vote;age;voting_method
v1;1,2;34;internet
v2;1,2;41;internet
v3;1,2;29;paper
v4;1,2,3;67;paper
v5;1,6;71;paper
v6;1,2;38;internet
v7;1,2;45;internet
v8;3,4,5;23;internet
v9;3,4,5;19;internet
v10;3,4;52;internet
v11;3,5;16;internet
v12;4,6;80;paper
