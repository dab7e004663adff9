package main

import (
	"database/sql"
	"fmt"

	_ "github.com/jackc/pgx/v5/stdlib" // the driver "pgx"
)

// emptySchema makes an empty schema, dropping one of that name.
func emptySchema(url, schema string) error {
	db, err := sql.Open("pgx", url)
	if err != nil {
		return err
	}
	defer db.Close()
	if _, err := db.Exec("DROP SCHEMA IF EXISTS " + schema + " CASCADE"); err != nil {
		return fmt.Errorf("empty schema %s: %w", schema, err)
	}
	if _, err := db.Exec("CREATE SCHEMA " + schema); err != nil {
		return fmt.Errorf("make schema %s: %w", schema, err)
	}
	return nil
}
